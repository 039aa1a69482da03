package cart;

import java.util.List;
import java.util.Map;

/** Where carts are kept. Every quirk of the two implementations is one of the program stood in for. */
interface CartStore {
    record Item(String itemId, int quantity, int unitPrice) {
        Map<String, Object> json() {
            return Json.object("itemId", itemId, "quantity", quantity, "unitPrice", unitPrice);
        }
    }

    List<Item> items(String customer);

    Item add(String customer, Item item);

    /** Throws when there is none; the two implementations throw different things. */
    Item item(String customer, String itemId);

    void update(String customer, Item item);

    void delete(String customer);

    void deleteItem(String customer, String itemId);
}
