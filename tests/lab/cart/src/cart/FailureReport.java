package cart;

import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/**
 * What a failed start prints. Spring explains the failures that some analyser knows ("APPLICATION FAILED TO
 * START", no trace) and prints the trace of all others ("Application run failed").
 */
final class FailureReport {
    private record Analysis(String description, String action) {}

    private static final String STARS = "*".repeat(27);
    private static final String SERVICE = "com.amazon.sample.carts.services.CartService";

    private final BootLog log;

    FailureReport(BootLog log) {
        this.log = log;
    }

    void duringRefresh(Throwable failure, boolean tomcatUp) {
        log.warn("org.springframework.boot.web.servlet.context.AnnotationConfigServletWebServerApplicationContext",
                "Exception encountered during context initialization - cancelling refresh attempt: "
                        + StackText.lineOf(failure));
        if (tomcatUp) {
            log.info("org.apache.catalina.core.StandardService", "Stopping service [Tomcat]");
        }
        log.info("org.springframework.boot.autoconfigure.logging.ConditionEvaluationReportLogger",
                "\n\nError starting ApplicationContext. To display the condition evaluation report re-run your "
                        + "application with 'debug' enabled.");
        afterStart(failure);
    }

    void afterStart(Throwable failure) {
        Analysis analysis = analyse(failure);
        if (analysis == null) {
            log.error("org.springframework.boot.SpringApplication", "Application run failed", failure);
        } else {
            log.error("org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter", "\n\n" + STARS
                    + "\nAPPLICATION FAILED TO START\n" + STARS + "\n\nDescription:\n\n" + analysis.description
                    + "\n\nAction:\n\n" + analysis.action + "\n", null);
        }
    }

    private static Analysis analyse(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DynamoDbException) {
                return new Analysis("An error occurred when accessing Amazon DynamoDB: \n\n"
                        + StackText.messageOf(cause), "Check that the DynamoDB table has been created and your IAM "
                        + "credentials are configured with the appropriate access.");
            }
            if (cause instanceof Settings.BindException bind) {
                return binding(bind);
            }
            if (cause instanceof SpringFailure spring && spring.type.endsWith(".NoSuchBeanDefinitionException")) {
                return noService();
            }
            if (cause instanceof SpringFailure spring && spring.type.endsWith(".PortInUseException")) {
                return portInUse(spring.getMessage().replaceAll("\\D", ""));
            }
        }
        return null;
    }

    private static Analysis binding(Settings.BindException bind) {
        return new Analysis("Failed to bind properties under '" + bind.property + "' to " + bind.type + ":\n"
                + "\n    Property: " + bind.property
                + "\n    Value: \"" + bind.value + '"'
                + "\n    Origin: System Environment Property \"" + bind.variable + '"'
                + "\n    Reason: " + bind.reason,
                "Update your application's configuration");
    }

    private static Analysis noService() {
        return new Analysis("Field service in com.amazon.sample.carts.web.CartsController required a bean of type '"
                + SERVICE + "' that could not be found.\n"
                + "\nThe injection point has the following annotations:\n"
                + "\t- @org.springframework.beans.factory.annotation.Autowired(required=true)\n"
                + "\nThe following candidates were found but could not be injected:\n"
                + "\t- Bean method 'dynamoCartService' in 'DynamoDBConfiguration' not loaded because "
                + "@ConditionalOnProperty (retail.cart.persistence.provider=dynamodb) found different value in "
                + "property 'retail.cart.persistence.provider'\n"
                + "\t- Bean method 'inMemoryCartService' in 'InMemoryConfiguration' not loaded because "
                + "@ConditionalOnProperty (retail.cart.persistence.provider=in-memory) found different value in "
                + "property 'retail.cart.persistence.provider'\n",
                "Consider revisiting the entries above or defining a bean of type '" + SERVICE
                        + "' in your configuration.");
    }

    private static Analysis portInUse(String port) {
        return new Analysis("Web server failed to start. Port " + port + " was already in use.",
                "Identify and stop the process that's listening on port " + port
                        + " or configure this application to listen on another port.");
    }
}
