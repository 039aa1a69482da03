package cart;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** The start of the program, step by step in Spring Boot's order, with the line that each step logs. */
final class Startup {
    private static final String APPLICATION = "com.amazon.sample.carts.CartApplication";
    private static final String TOMCAT = "org.springframework.boot.web.embedded.tomcat.TomcatWebServer";
    private static final String COMMONS_LOGGING = "Standard Commons Logging discovery in action with spring-jcl: "
            + "please remove commons-logging.jar from classpath in order to avoid potential conflicts";

    private final Settings settings;
    private final BootLog log;
    private final Instant begun = Instant.now();
    private boolean tomcatUp;

    Startup(Settings settings, BootLog log) {
        this.settings = settings;
        this.log = log;
    }

    /** Returns with the server running, or does not return: a start that fails ends the process with 1. */
    void run() {
        try {
            banner();
            initializeTomcat();
            CartStore store = makeStore();
            serve(store);
        } catch (RuntimeException e) {
            new FailureReport(log).duringRefresh(e, tomcatUp);
            System.exit(1);
        }
    }

    private void banner() {
        log.raw(COMMONS_LOGGING);
        log.raw("");
        log.raw("  .   ____          _            __ _ _");
        log.raw(" /\\\\ / ___'_ __ _ _(_)_ __  __ _ \\ \\ \\ \\");
        log.raw("( ( )\\___ | '_ | '_| | '_ \\/ _` | \\ \\ \\ \\");
        log.raw(" \\\\/  ___)| |_)| | | | | || (_| |  ) ) ) )");
        log.raw("  '  |____| .__|_| |_|_| |_\\__, | / / / /");
        log.raw(" =========|_|==============|___/=/_/_/_/");
        log.raw("");
        log.raw(" :: Spring Boot ::                (v3.5.5)");
        log.raw("");
        log.info(APPLICATION, "Starting CartApplication v0.0.1-SNAPSHOT using Java "
                + System.getProperty("java.version") + " with PID " + ProcessHandle.current().pid()
                + " (/app/app.jar started by " + System.getProperty("user.name") + " in "
                + System.getProperty("user.dir") + ")");
        String profiles = settings.profiles();
        log.info(APPLICATION, profiles.isEmpty()
                ? "No active profile set, falling back to 1 default profile: \"default\""
                : "The following 1 profile is active: \"" + profiles + "\"");
    }

    private void initializeTomcat() {
        int port = port();
        try {
            Path directory = Files.createTempDirectory("tomcat." + port + ".");
            directory.toFile().deleteOnExit();
        } catch (IOException e) {
            throw SpringFailure.webServer(e);
        }
        tomcatUp = true;
        log.info(TOMCAT, "Tomcat initialized with port " + port + " (http)");
        log.info("org.apache.catalina.core.StandardService", "Starting service [Tomcat]");
        log.info("org.apache.catalina.core.StandardEngine", "Starting Servlet engine: [Apache Tomcat/10.1.44]");
        log.info("org.apache.catalina.core.ContainerBase.[Tomcat].[localhost].[/]",
                "Initializing Spring embedded WebApplicationContext");
        log.info("org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext",
                "Root WebApplicationContext: initialization completed in "
                        + Duration.between(begun, Instant.now()).toMillis() + " ms");
        log.raw(COMMONS_LOGGING);
    }

    private int port() {
        try {
            return settings.port();
        } catch (Settings.BindException e) {
            throw SpringFailure.binding("ServerProperties", "server", e);
        }
    }

    private CartStore makeStore() {
        boolean createTable;
        try {
            // Bound whatever the provider is: a bad value stops an in-memory cart too.
            createTable = settings.createTable();
        } catch (Settings.BindException e) {
            throw SpringFailure.binding("DynamoDBProperties", "retail.cart.persistence.dynamodb", e);
        }
        if (settings.usesMemory()) {
            log.info("com.amazon.sample.carts.config.InMemoryConfiguration", "Using in-memory persistence");
            return new MemoryStore();
        }
        if (!settings.usesDynamo()) {
            throw SpringFailure.noService();
        }
        DynamoStore store;
        try {
            store = DynamoStore.open(settings, log);
        } catch (RuntimeException e) {
            throw SpringFailure.clientFactory(e);
        }
        log.info("io.opentelemetry.api.GlobalOpenTelemetry", "AutoConfiguredOpenTelemetrySdk found on classpath but "
                + "automatic configuration is disabled. To enable, run your JVM with "
                + "-Dotel.java.global-autoconfigure.enabled=true");
        if (createTable) {
            try {
                store.recreateTable();
            } catch (RuntimeException e) {
                throw SpringFailure.initMethod(e);
            }
        }
        return store;
    }

    private void serve(CartStore store) {
        log.info("io.opentelemetry.instrumentation.spring.autoconfigure.OpenTelemetryAutoConfiguration",
                "OpenTelemetry Spring Boot starter has been disabled");
        log.info("org.springframework.boot.actuate.endpoint.web.EndpointLinksResolver",
                "Exposing 4 endpoints beneath base path '/actuator'");
        int port = port();
        CartServer server = new CartServer(settings, store, log);
        try {
            server.start(port);
        } catch (BindException e) {
            throw SpringFailure.portInUse(port, e);
        } catch (IOException e) {
            throw SpringFailure.webServer(e);
        }
        log.info(TOMCAT, "Tomcat started on port " + port + " (http) with context path '/'");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "SpringApplicationShutdownHook"));
        started();
        ready(store);
        server.acceptTraffic();
    }

    private void started() {
        Instant now = Instant.now();
        double boot = Duration.between(begun, now).toMillis() / 1000.0;
        double process = ProcessHandle.current().info().startInstant()
                .map(start -> Duration.between(start, now).toMillis() / 1000.0).orElse(boot);
        log.info(APPLICATION, "Started CartApplication in " + boot + " seconds (process running for " + process + ")");
    }

    /**
     * The first query runs only after the line that says "Started": a missing table or index ends a program
     * that has already reported success and that has been listening for a moment.
     */
    private void ready(CartStore store) {
        try {
            store.items("warmup");
        } catch (RuntimeException e) {
            new FailureReport(log).afterStart(e);
            System.exit(1);
        }
    }

    private void stop(CartServer server) {
        String logger = "org.springframework.boot.web.embedded.tomcat.GracefulShutdown";
        log.info(logger, "Commencing graceful shutdown. Waiting for active requests to complete");
        server.stop();
        log.info(logger, "Graceful shutdown complete");
    }
}
