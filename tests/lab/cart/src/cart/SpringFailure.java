package cart;

/**
 * An exception that appears in the log under the name of one of Spring's, which are not on the class path.
 * The factory methods word the chains that Spring builds around a bean that could not be made.
 */
final class SpringFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final String BEANS = "org.springframework.beans.factory.";
    private static final String CONFIG = "defined in class path resource "
            + "[com/amazon/sample/carts/config/DynamoDBConfiguration.class]";
    private static final String SERVICE = "com.amazon.sample.carts.services.CartService";
    private static final String FIELD = "Error creating bean with name 'cartsController': "
            + "Unsatisfied dependency expressed through field 'service': ";

    final String type;

    private SpringFailure(String type, String message, Throwable cause, String... frames) {
        super(message, cause);
        this.type = type;
        StackTraceElement[] trace = new StackTraceElement[frames.length];
        for (int i = 0; i < frames.length; i++) {
            String[] at = frames[i].split(" ");
            trace[i] = new StackTraceElement(at[0], at[1], at[0].replaceAll(".*\\.|\\$.*", "") + ".java",
                    Integer.parseInt(at[2]));
        }
        setStackTrace(trace);
    }

    /** The service's own initialisation threw. */
    static SpringFailure initMethod(Throwable cause) {
        String message = "Error creating bean with name 'dynamoCartService': Invocation of init method failed";
        return unsatisfied(FIELD + message, creation(message, cause));
    }

    /** The DynamoDB client could not be built: the chain names each bean on the way. */
    static SpringFailure clientFactory(Throwable cause) {
        String client = "software.amazon.awssdk.services.dynamodb.DynamoDbClient";
        String factory = "Factory method 'dynamoDbClient' threw exception with message: " + cause.getMessage();
        SpringFailure instantiation = new SpringFailure("org.springframework.beans.BeanInstantiationException",
                "Failed to instantiate [" + client + "]: " + factory, cause,
                BEANS + "support.SimpleInstantiationStrategy lambda$instantiate$0 200");
        String bean = "Error creating bean with name 'dynamoDbClient' " + CONFIG + ": " + instantiation.getMessage();
        String parameter = "Error creating bean with name 'dynamoCartService' " + CONFIG
                + ": Unsatisfied dependency expressed through method 'dynamoCartService' parameter 0: " + bean;
        return unsatisfied(FIELD + parameter, unsatisfied(parameter, creation(bean, instantiation)));
    }

    /** PROPERTIES is the simple name of the class that the value would have gone to, PREFIX that of its names. */
    static SpringFailure binding(String properties, String prefix, Settings.BindException cause) {
        return new SpringFailure("org.springframework.boot.context.properties.ConfigurationPropertiesBindException",
                "Error creating bean with name '" + properties + "': Could not bind properties to '" + properties
                        + "' : prefix=" + prefix + ", ignoreInvalidFields=false, ignoreUnknownFields=true", cause);
    }

    static SpringFailure noService() {
        String qualifies = "No qualifying bean of type '" + SERVICE + "' available: expected at least 1 bean which "
                + "qualifies as autowire candidate. Dependency annotations: "
                + "{@org.springframework.beans.factory.annotation.Autowired(required=true)}";
        return unsatisfied(FIELD + qualifies, new SpringFailure(BEANS + "NoSuchBeanDefinitionException", qualifies,
                null, BEANS + "support.DefaultListableBeanFactory raiseNoMatchingBeanFound 2280"));
    }

    static SpringFailure webServer(Throwable cause) {
        SpringFailure directory = new SpringFailure("org.springframework.boot.web.server.WebServerException",
                "Unable to create tempDir. java.io.tmpdir is set to " + System.getProperty("java.io.tmpdir"), cause);
        return new SpringFailure("org.springframework.context.ApplicationContextException",
                "Unable to start web server", directory);
    }

    static SpringFailure portInUse(int port, Throwable cause) {
        SpringFailure inUse = new SpringFailure("org.springframework.boot.web.server.PortInUseException",
                "Port " + port + " is already in use", cause);
        return new SpringFailure("org.springframework.context.ApplicationContextException",
                "Failed to start bean 'webServerStartStop'", inUse);
    }

    private static SpringFailure unsatisfied(String message, Throwable cause) {
        return new SpringFailure(BEANS + "UnsatisfiedDependencyException", message, cause,
                BEANS + "annotation.AutowiredAnnotationBeanPostProcessor$AutowiredFieldElement resolveFieldValue 788",
                BEANS + "annotation.AutowiredAnnotationBeanPostProcessor$AutowiredFieldElement inject 768",
                BEANS + "annotation.InjectionMetadata inject 146",
                BEANS + "support.AbstractAutowireCapableBeanFactory populateBean 1459",
                BEANS + "support.AbstractAutowireCapableBeanFactory doCreateBean 606");
    }

    private static SpringFailure creation(String message, Throwable cause) {
        return new SpringFailure(BEANS + "BeanCreationException", message, cause,
                BEANS + "support.AbstractAutowireCapableBeanFactory initializeBean 1818",
                BEANS + "support.AbstractAutowireCapableBeanFactory doCreateBean 607");
    }
}
