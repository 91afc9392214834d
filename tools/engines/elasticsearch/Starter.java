import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.MockSecureSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.ClasspathNode;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.transport.netty4.Netty4Plugin;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.security.Security;

/**
 * Starts one Elasticsearch node with x-pack security until it is killed: {@code Starter SETTINGS}, a file of
 * {@code key: value} lines; {@code bootstrap.password} is put into the secure settings.
 *
 * <p>Parts of a full distribution that are not on Maven Central have stand-ins: {@link StandIns}.
 */
public final class Starter {
    private Starter() {}

    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        Settings.Builder settings = Settings.builder();
        MockSecureSettings secrets = new MockSecureSettings();
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] parts = line.split(": ", 2);
            if (parts[0].equals("bootstrap.password")) {
                secrets.setString(parts[0], parts[1]);
            } else {
                settings.put(parts[0], parts[1]);
            }
        }
        settings.setSecureSettings(secrets);
        List<Class<? extends Plugin>> plugins =
            List.of(XPackPlugin.class, Security.class, Netty4Plugin.class, StandIns.class);
        ClasspathNode node = new ClasspathNode(settings.build(), plugins);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (IOException error) {
                throw new IllegalStateException(error);
            }
        }));
        node.start();
        System.out.println("started");
        new CountDownLatch(1).await();
    }
}
