package cart;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** Carts in this process: gone at the next start, and not shared between replicas. */
final class MemoryStore implements CartStore {
    private final Map<String, List<Item>> carts = new HashMap<>();

    @Override
    public synchronized List<Item> items(String customer) {
        return List.copyOf(cart(customer));
    }

    /** Appends without looking for the same item, and keeps the quantity asked for. */
    @Override
    public synchronized Item add(String customer, Item item) {
        cart(customer).add(item);
        return item;
    }

    @Override
    public synchronized Item item(String customer, String itemId) {
        for (Item item : cart(customer)) {
            if (item.itemId().equals(itemId)) {
                return item;
            }
        }
        throw new NoSuchElementException("No value present");
    }

    @Override
    public synchronized void update(String customer, Item changed) {
        cart(customer).replaceAll(item -> item.itemId().equals(changed.itemId()) ? changed : item);
    }

    @Override
    public synchronized void delete(String customer) {
        carts.remove(customer);
    }

    @Override
    public synchronized void deleteItem(String customer, String itemId) {
        cart(customer).removeIf(item -> item.itemId().equals(itemId));
    }

    private List<Item> cart(String customer) {
        return carts.computeIfAbsent(customer, name -> new ArrayList<>());
    }
}
