package cart;

import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes log records to standard output in Spring Boot's console layout (log4j2 flavour: abbreviated
 * logger, thread and logger cut on the left to their column), or as one JSON object per line.
 */
final class BootLog {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final Map<String, Integer> LEVELS = Map.of("INFO", 20000, "WARN", 30000, "ERROR", 40000);

    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private final long pid = ProcessHandle.current().pid();
    private final String structured;
    private final boolean colour;

    BootLog(Settings settings) {
        structured = settings.structuredLog();
        colour = settings.colouredLog();
    }

    void info(String logger, String message) {
        write("INFO", logger, message, null);
    }

    void warn(String logger, String message) {
        write("WARN", logger, message, null);
    }

    void error(String logger, String message, Throwable thrown) {
        write("ERROR", logger, message, thrown);
    }

    /** What the real program prints past its logging system. */
    void raw(String text) {
        out.println(text);
    }

    private void write(String level, String logger, String message, Throwable thrown) {
        String time = TIME.format(Instant.now());
        String thread = Thread.currentThread().getName();
        switch (structured) {
            case "ecs" -> out.println(Json.write(ecs(time, level, thread, logger, message, thrown)));
            case "logstash" -> out.println(Json.write(logstash(time, level, thread, logger, message, thrown)));
            default -> out.print(text(time, level, thread, logger, message, thrown));
        }
        out.flush();
    }

    private String text(String time, String level, String thread, String logger, String message, Throwable thrown) {
        String line = paint(2, time) + ' ' + paint(levelColour(level), "%5s".formatted(level)) + ' '
                + paint(35, Long.toString(pid)) + paint(2, " --- ") + paint(2, "[%15s] ".formatted(tail(thread, 15)))
                + paint(36, "%-40s".formatted(tail(abbreviate(logger), 40))) + ' ' + paint(2, ": ") + message + '\n';
        return thrown == null ? line : line + '\n' + StackText.of(thrown) + '\n';
    }

    private Map<String, Object> logstash(String time, String level, String thread, String logger, String message,
            Throwable thrown) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("@timestamp", time);
        record.put("@version", "1");
        record.put("message", message);
        record.put("logger_name", logger);
        record.put("thread_name", thread);
        record.put("level", level);
        record.put("level_value", LEVELS.get(level));
        if (thrown != null) {
            record.put("stack_trace", StackText.of(thrown));
        }
        return record;
    }

    private Map<String, Object> ecs(String time, String level, String thread, String logger, String message,
            Throwable thrown) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("@timestamp", time);
        record.put("log", Map.of("level", level, "logger", logger));
        record.put("process", Map.of("pid", pid, "thread", Map.of("name", thread)));
        record.put("service", Map.of("name", "carts"));
        record.put("message", message);
        if (thrown != null) {
            record.put("error", Map.of("type", StackText.typeOf(thrown), "message", StackText.messageOf(thrown),
                    "stack_trace", StackText.of(thrown)));
        }
        record.put("ecs", Map.of("version", "8.11"));
        return record;
    }

    private static String abbreviate(String logger) {
        String[] parts = logger.split("\\.");
        StringBuilder shortened = new StringBuilder();
        for (int i = 0; i < parts.length - 1; i++) {
            shortened.append(parts[i].charAt(0)).append('.');
        }
        return shortened.append(parts[parts.length - 1]).toString();
    }

    private static String tail(String text, int width) {
        return text.length() <= width ? text : text.substring(text.length() - width);
    }

    private static int levelColour(String level) {
        return level.equals("ERROR") ? 31 : level.equals("WARN") ? 33 : 32;
    }

    private String paint(int code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0;39m" : text;
    }
}
