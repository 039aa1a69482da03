package cart;

/** A stand-in for the upstream cart: same settings, same API, same log, same ways to fail. See README.md. */
public final class CartApplication {
    private CartApplication() {}

    public static void main(String[] arguments) {
        Settings settings = new Settings(System.getenv());
        new Startup(settings, new BootLog(settings)).run();
    }
}
