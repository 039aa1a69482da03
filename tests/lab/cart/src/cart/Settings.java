package cart;

import java.util.Map;

/**
 * What the environment says, bound the way Spring Boot binds it: unset and empty differ for some
 * properties, and a boolean takes the words that Spring takes.
 */
final class Settings {
    static final String PROVIDER = "RETAIL_CART_PERSISTENCE_PROVIDER";
    static final String TABLE = "RETAIL_CART_PERSISTENCE_DYNAMODB_TABLE_NAME";
    static final String ENDPOINT = "RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT";
    static final String CREATE = "RETAIL_CART_PERSISTENCE_DYNAMODB_CREATE_TABLE";

    /** A value that cannot be converted; carries what the failure analysis prints. */
    static final class BindException extends RuntimeException {
        private static final long serialVersionUID = 1;
        final String property;
        final String type;
        final String value;
        final String variable;
        final String reason;

        BindException(String property, String type, String value, String variable, String reason) {
            super("Failed to bind properties under '" + property + "' to " + type);
            this.property = property;
            this.type = type;
            this.value = value;
            this.variable = variable;
            this.reason = reason;
        }
    }

    private final Map<String, String> env;

    Settings(Map<String, String> env) {
        this.env = env;
    }

    /** Matching ignores case, as a property condition does; what is shown is the value as written. */
    String provider() {
        return env.getOrDefault(PROVIDER, "in-memory");
    }

    boolean usesDynamo() {
        return provider().equalsIgnoreCase("dynamodb");
    }

    boolean usesMemory() {
        return provider().equalsIgnoreCase("in-memory");
    }

    String table() {
        return env.getOrDefault(TABLE, "Items");
    }

    /** Empty means unset: the client is then left to find the real service. */
    String endpoint() {
        return env.getOrDefault(ENDPOINT, "");
    }

    boolean createTable() {
        String value = env.getOrDefault(CREATE, "");
        switch (value.trim().toLowerCase(java.util.Locale.ROOT)) {
            case "true", "on", "yes", "1":
                return true;
            case "", "false", "off", "no", "0":
                return false;
            default:
                throw new BindException("retail.cart.persistence.dynamodb.create-table", "boolean", value, CREATE,
                        "failed to convert java.lang.String to boolean (caused by "
                                + "java.lang.IllegalArgumentException: Invalid boolean value '" + value + "')");
        }
    }

    int port() {
        String value = env.getOrDefault("PORT", "");
        if (value.isBlank()) {
            return 8080;
        }
        try {
            return Integer.decode(value.trim());
        } catch (NumberFormatException e) {
            throw new BindException("server.port", "java.lang.Integer", value, "PORT",
                    "failed to convert java.lang.String to java.lang.Integer (caused by "
                            + "java.lang.NumberFormatException: For input string: \"" + value + "\")");
        }
    }

    /** The image sets "prod"; the value has no effect here, as it has none upstream since 1.0.0. */
    String profiles() {
        return env.getOrDefault("SPRING_PROFILES_ACTIVE", "").trim();
    }

    /** "" for text, or the name of one of Spring Boot's structured formats: ecs, logstash. */
    String structuredLog() {
        return env.getOrDefault("LOGGING_STRUCTURED_FORMAT_CONSOLE", "");
    }

    boolean colouredLog() {
        return env.getOrDefault("SPRING_OUTPUT_ANSI_ENABLED", "").equalsIgnoreCase("always");
    }
}
