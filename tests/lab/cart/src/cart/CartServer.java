package cart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/** The HTTP side: carts, /topology and the two health probes, none of which but carts asks the store. */
final class CartServer {
    private static final String JSON = "application/json";
    private static final String DISPATCHER = "org.springframework.web.servlet.DispatcherServlet";

    private record Answer(int status, String type, Object body) {}

    private final Settings settings;
    private final CartStore store;
    private final BootLog log;
    private final AtomicBoolean dispatched = new AtomicBoolean();
    private volatile boolean accepting;
    private HttpServer server;
    private ExecutorService threads;

    CartServer(Settings settings, CartStore store, BootLog log) {
        this.settings = settings;
        this.store = store;
        this.log = log;
    }

    void start(int port) throws IOException {
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newFixedThreadPool(10,
                task -> new Thread(task, "http-nio-" + port + "-exec-" + number.incrementAndGet()));
        server = HttpServer.create(new InetSocketAddress(port), 100);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** From here on the readiness probe says UP. */
    void acceptTraffic() {
        accepting = true;
    }

    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        if (dispatched.compareAndSet(false, true)) {
            log.info("org.apache.catalina.core.ContainerBase.[Tomcat].[localhost].[/]",
                    "Initializing Spring DispatcherServlet 'dispatcherServlet'");
            log.info(DISPATCHER, "Initializing Servlet 'dispatcherServlet'");
            log.info(DISPATCHER, "Completed initialization in 1 ms");
        }
        String path = exchange.getRequestURI().getPath();
        Answer answer;
        try {
            answer = route(exchange.getRequestMethod(), path, exchange);
        } catch (RuntimeException e) {
            logServletException(e);
            answer = problem(500, "Internal Server Error", path);
        }
        send(exchange, answer);
    }

    private Answer route(String method, String path, HttpExchange exchange) throws IOException {
        switch (path) {
            case "/actuator/health/liveness":
                return health("UP");
            case "/actuator/health/readiness":
                return health(accepting ? "UP" : "OUT_OF_SERVICE");
            case "/actuator/health":
                return new Answer(200, "application/vnd.spring-boot.actuator.v3+json",
                        Json.object("status", "UP", "groups", List.of("liveness", "readiness")));
            case "/topology":
                return new Answer(200, JSON, topology());
            default:
                String[] parts = path.substring(1).split("/");
                return parts[0].equals("carts") && parts.length >= 2
                        ? carts(method, parts, path, exchange) : problem(404, "Not Found", path);
        }
    }

    private Answer carts(String method, String[] parts, String path, HttpExchange exchange) throws IOException {
        String customer = parts[1];
        if (parts.length == 2) {
            switch (method) {
                case "GET":
                    return new Answer(200, JSON, Json.object("customerId", customer, "items", itemList(customer)));
                case "DELETE":
                    store.delete(customer);
                    return new Answer(202, JSON, Json.object("customerId", null, "items", List.of()));
                default:
                    return problem(405, "Method Not Allowed", path);
            }
        }
        if (!parts[2].equals("items") || parts.length > 4) {
            return problem(404, "Not Found", path);
        }
        return parts.length == 3 ? items(method, customer, path, exchange) : item(method, customer, parts[3], path);
    }

    private Answer items(String method, String customer, String path, HttpExchange exchange) throws IOException {
        switch (method) {
            case "GET":
                return new Answer(200, JSON, itemList(customer));
            case "POST", "PATCH":
                CartStore.Item item;
                try {
                    item = itemFrom(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                } catch (RuntimeException e) {
                    return problem(400, "Bad Request", path);
                }
                if (method.equals("POST")) {
                    return new Answer(201, JSON, store.add(customer, item).json());
                }
                store.update(customer, item);
                return new Answer(202, JSON, null);
            default:
                return problem(405, "Method Not Allowed", path);
        }
    }

    private Answer item(String method, String customer, String itemId, String path) {
        switch (method) {
            case "GET":
                return new Answer(200, JSON, store.item(customer, itemId).json());
            case "DELETE":
                store.deleteItem(customer, itemId);
                return new Answer(202, JSON, null);
            default:
                return problem(405, "Method Not Allowed", path);
        }
    }

    private List<Map<String, Object>> itemList(String customer) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (CartStore.Item item : store.items(customer)) {
            list.add(item.json());
        }
        return list;
    }

    private static CartStore.Item itemFrom(String body) {
        Map<String, JsonNode> fields = Json.parse(body).asObject();
        return new CartStore.Item(fields.get("itemId").asString(), number(fields.get("quantity")),
                number(fields.get("unitPrice")));
    }

    private static int number(JsonNode node) {
        return node == null ? 0 : Integer.parseInt(node.isString() ? node.asString() : node.asNumber());
    }

    private Map<String, Object> topology() {
        boolean dynamo = settings.provider().equals("dynamodb");
        String endpoint = settings.endpoint().isEmpty() ? null : settings.endpoint();
        return Json.object("persistenceProvider", settings.provider(),
                "dynamodbTable", dynamo ? settings.table() : "N/A",
                "dynamodbEndpoint", dynamo ? endpoint : "N/A");
    }

    private static Answer health(String status) {
        return new Answer(status.equals("UP") ? 200 : 503, "application/vnd.spring-boot.actuator.v3+json",
                Json.object("status", status));
    }

    private static Answer problem(int status, String error, String path) {
        return new Answer(status, JSON, Json.object("timestamp", Instant.now().toString().replaceAll("Z$", "+00:00"),
                "status", status, "error", error, "path", path));
    }

    private void logServletException(RuntimeException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String text = e.getMessage() == null ? StackText.typeOf(e) : StackText.lineOf(e);
        log.error("org.apache.catalina.core.ContainerBase.[Tomcat].[localhost].[/].[dispatcherServlet]",
                "Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception "
                        + "[Request processing failed: " + text + "] with root cause", root);
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        try (exchange) {
            if (answer.body == null) {
                exchange.sendResponseHeaders(answer.status, -1);
                return;
            }
            byte[] bytes = Json.write(answer.body).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type);
            exchange.sendResponseHeaders(answer.status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
