package cart;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Carts in one DynamoDB table, an item per row, found by customer through an index. */
final class DynamoStore implements CartStore {
    static final String INDEX = "idx_global_customerId";
    private static final String LOGGER = "com.amazon.sample.carts.services.DynamoDBCartService";

    private final DynamoDbClient client;
    private final String table;
    private final BootLog log;

    private DynamoStore(DynamoDbClient client, String table, BootLog log) {
        this.client = client;
        this.table = table;
        this.log = log;
    }

    /** Makes the client only; everything about it is the SDK's default, retries and time-outs included. */
    static DynamoStore open(Settings settings, BootLog log) {
        String logger = "com.amazon.sample.carts.config.DynamoDBConfiguration";
        log.info(logger, "Using DynamoDB persistence");
        log.info(logger, "DynamoDB table: " + settings.table());
        DynamoDbClientBuilder builder = DynamoDbClient.builder();
        if (!settings.endpoint().isEmpty()) {
            log.info(logger, "DynamoDB endpoint: " + settings.endpoint());
            builder.region(Region.US_WEST_2).endpointOverride(URI.create(settings.endpoint()));
        }
        return new DynamoStore(builder.build(), settings.table(), log);
    }

    /** Deletes the table, carts and all, and makes it anew: what CREATE_TABLE=true means at every start. */
    void recreateTable() {
        try {
            client.deleteTable(request -> request.tableName(table));
        } catch (ResourceNotFoundException e) {
            log.warn(LOGGER, "Dynamo table not found");
        }
        ProvisionedThroughput one = ProvisionedThroughput.builder().readCapacityUnits(1L).writeCapacityUnits(1L).build();
        GlobalSecondaryIndex index = GlobalSecondaryIndex.builder()
                .indexName(INDEX)
                .keySchema(hashKey("customerId"))
                .projection(projection -> projection.projectionType(ProjectionType.ALL))
                .provisionedThroughput(one)
                .build();
        client.createTable(request -> request
                .tableName(table)
                .attributeDefinitions(text("id"), text("customerId"))
                .keySchema(hashKey("id"))
                .provisionedThroughput(one)
                .globalSecondaryIndexes(index));
        client.waiter().waitUntilTableExists(request -> request.tableName(table));
    }

    @Override
    public List<Item> items(String customer) {
        List<Item> items = new ArrayList<>();
        for (Map<String, AttributeValue> row : rows(customer)) {
            items.add(itemOf(row));
        }
        return items;
    }

    /** The quantity asked for is used only when the item is there already; a new one starts at 1. */
    @Override
    public Item add(String customer, Item item) {
        Map<String, AttributeValue> row = load(customer, item.itemId());
        Item stored = row == null
                ? new Item(item.itemId(), 1, item.unitPrice())
                : new Item(item.itemId(), itemOf(row).quantity() + item.quantity(), itemOf(row).unitPrice());
        save(customer, stored);
        return stored;
    }

    @Override
    public Item item(String customer, String itemId) {
        return itemOf(present(load(customer, itemId)));
    }

    @Override
    public void update(String customer, Item item) {
        present(load(customer, item.itemId()));
        save(customer, item);
    }

    @Override
    public void delete(String customer) {
        for (Map<String, AttributeValue> row : rows(customer)) {
            client.deleteItem(request -> request.tableName(table).key(Map.of("id", row.get("id"))));
        }
    }

    @Override
    public void deleteItem(String customer, String itemId) {
        present(load(customer, itemId));
        client.deleteItem(request -> request.tableName(table).key(key(customer, itemId)));
    }

    private Iterable<Map<String, AttributeValue>> rows(String customer) {
        return client.queryPaginator(QueryRequest.builder()
                .tableName(table)
                .indexName(INDEX)
                .keyConditionExpression("customerId = :customer")
                .expressionAttributeValues(Map.of(":customer", AttributeValue.fromS(customer)))
                .build()).items();
    }

    private Map<String, AttributeValue> load(String customer, String itemId) {
        var answer = client.getItem(request -> request.tableName(table).key(key(customer, itemId)));
        return answer.hasItem() ? answer.item() : null;
    }

    private void save(String customer, Item item) {
        client.putItem(request -> request.tableName(table).item(Map.of(
                "id", AttributeValue.fromS(customer + ":" + item.itemId()),
                "customerId", AttributeValue.fromS(customer),
                "itemId", AttributeValue.fromS(item.itemId()),
                "quantity", AttributeValue.fromN(Integer.toString(item.quantity())),
                "unitPrice", AttributeValue.fromN(Integer.toString(item.unitPrice())))));
    }

    /** An absent item is a NullPointerException, hence a 500: the program's own fault, kept on purpose. */
    private static Map<String, AttributeValue> present(Map<String, AttributeValue> row) {
        if (row == null) {
            throw new NullPointerException();
        }
        return row;
    }

    private static KeySchemaElement hashKey(String attribute) {
        return KeySchemaElement.builder().attributeName(attribute).keyType(KeyType.HASH).build();
    }

    private static AttributeDefinition text(String attribute) {
        return AttributeDefinition.builder().attributeName(attribute).attributeType(ScalarAttributeType.S).build();
    }

    private static Map<String, AttributeValue> key(String customer, String itemId) {
        return Map.of("id", AttributeValue.fromS(customer + ":" + itemId));
    }

    private static Item itemOf(Map<String, AttributeValue> row) {
        return new Item(row.get("itemId").s(), Integer.parseInt(row.get("quantity").n()),
                Integer.parseInt(row.get("unitPrice").n()));
    }
}
