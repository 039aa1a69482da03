package cart;

import java.net.URL;
import java.security.CodeSource;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * An exception as log4j2's extended layout prints it: frames with the jar they come from, the count of
 * frames shared with the enclosing trace, Suppressed before Caused by.
 */
final class StackText {
    private static final int FRAMES = 12;
    private static final Map<String, String> ORIGINS = new HashMap<>();

    private StackText() {}

    static synchronized String of(Throwable thrown) {
        StringBuilder out = new StringBuilder();
        append(out, thrown, "", "", new StackTraceElement[0]);
        return out.toString();
    }

    static String typeOf(Throwable thrown) {
        return thrown instanceof SpringFailure spring ? spring.type : thrown.getClass().getName();
    }

    /**
     * The message as current SDK releases word it. They append the number of attempts; the release in use
     * here does not yet, but keeps each failed attempt as a suppressed exception.
     */
    static String messageOf(Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        boolean counted = thrown instanceof AwsServiceException
                || thrown instanceof SdkClientException && thrown.getSuppressed().length > 0;
        if (!counted || message.contains("(SDK Attempt Count:")) {
            return message;
        }
        return message + " (SDK Attempt Count: " + (thrown.getSuppressed().length + 1) + ")";
    }

    static String lineOf(Throwable thrown) {
        return typeOf(thrown) + ": " + messageOf(thrown);
    }

    private static void append(StringBuilder out, Throwable thrown, String indent, String label,
            StackTraceElement[] enclosing) {
        out.append(indent).append(label).append(lineOf(thrown)).append('\n');
        StackTraceElement[] frames = thrown.getStackTrace();
        int shared = sharedFrames(frames, enclosing);
        int own = frames.length - shared;
        // Traces of the real program are hundreds of lines long; what is left out here says nothing.
        int shown = Math.min(own, FRAMES);
        for (int i = 0; i < shown; i++) {
            out.append(indent).append("\tat ").append(frames[i]).append(" ~[").append(origin(frames[i])).append("]\n");
        }
        if (frames.length > shown) {
            out.append(indent).append("\t... ").append(frames.length - shown).append(" more\n");
        }
        for (Throwable suppressed : thrown.getSuppressed()) {
            append(out, suppressed, indent + "\t", "Suppressed: ", frames);
        }
        if (thrown.getCause() != null) {
            append(out, thrown.getCause(), indent, "Caused by: ", frames);
        }
    }

    private static int sharedFrames(StackTraceElement[] frames, StackTraceElement[] enclosing) {
        int shared = 0;
        while (shared < frames.length && shared < enclosing.length
                && frames[frames.length - 1 - shared].equals(enclosing[enclosing.length - 1 - shared])) {
            shared++;
        }
        return shared;
    }

    private static String origin(StackTraceElement frame) {
        if (frame.getClassName().startsWith("org.springframework.beans")) {
            return "spring-beans-6.2.10.jar!/:6.2.10";
        }
        if (frame.getModuleName() != null) {
            return "?:?";
        }
        return ORIGINS.computeIfAbsent(frame.getClassName(), StackText::jarOf);
    }

    private static String jarOf(String className) {
        try {
            Class<?> type = Class.forName(className, false, StackText.class.getClassLoader());
            CodeSource source = type.getProtectionDomain().getCodeSource();
            URL place = source == null ? null : source.getLocation();
            return place == null ? "?:?" : place.getPath().replaceAll(".*/", "") + "!/:?";
        } catch (ClassNotFoundException | LinkageError e) {
            return "?:?";
        }
    }
}
