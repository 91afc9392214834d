import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.MockSecureSettings;
import org.elasticsearch.common.settings.SecureString;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.node.ClasspathNode;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.transport.netty4.Netty4Plugin;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.core.ilm.DeleteAction;
import org.elasticsearch.xpack.core.ilm.ForceMergeAction;
import org.elasticsearch.xpack.core.ilm.LifecycleAction;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecycleType;
import org.elasticsearch.xpack.core.ilm.ReadOnlyAction;
import org.elasticsearch.xpack.core.ilm.RolloverAction;
import org.elasticsearch.xpack.core.ilm.SetPriorityAction;
import org.elasticsearch.xpack.core.ilm.TimeseriesLifecycleType;
import org.elasticsearch.xpack.security.Security;

/**
 * Starts one Elasticsearch node with x-pack security until it is killed: {@code Starter SETTINGS}, a file of
 * {@code key: value} lines; {@code bootstrap.password} is put into the secure settings.
 *
 * <p>Two parts of a full distribution are not on Maven Central and stand in here: the REST calls of index lifecycle
 * policies, over Elasticsearch's own parser of them; and the ingest processors' names, which accept any settings and
 * leave documents as they are, so that pipelines can be stored.
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

    /** What a full distribution has and Maven Central has not. */
    public static final class StandIns extends Plugin implements ActionPlugin, IngestPlugin {
        private static final List<String> PROCESSORS = List.of(
            "append", "convert", "date", "dissect", "fail", "fingerprint", "grok", "gsub", "join", "json", "kv",
            "lowercase", "remove", "rename", "reroute", "script", "set", "split", "trim", "uppercase", "urldecode",
            "user_agent");

        @Override
        public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
            Map<String, Processor.Factory> factories = new TreeMap<>();
            for (String type : PROCESSORS) {
                factories.put(type, (all, tag, description, config, project) -> {
                    config.clear();
                    return new AbstractProcessor(tag, description) {
                        @Override
                        public org.elasticsearch.ingest.IngestDocument execute(
                            org.elasticsearch.ingest.IngestDocument document
                        ) {
                            return document;
                        }

                        @Override
                        public String getType() {
                            return type;
                        }
                    };
                });
            }
            return factories;
        }

        @Override
        public Collection<RestHandler> getRestHandlers(
            RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features
        ) {
            return List.of(new Lifecycles());
        }
    }

    /** {@code PUT, GET, DELETE _ilm/policy/NAME} over Elasticsearch's own parser; kept as long as the node runs. */
    static final class Lifecycles extends BaseRestHandler {
        private static final NamedXContentRegistry REGISTRY = new NamedXContentRegistry(List.of(
            new NamedXContentRegistry.Entry(
                LifecycleType.class, new ParseField(TimeseriesLifecycleType.TYPE), parser -> TimeseriesLifecycleType.INSTANCE),
            new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(RolloverAction.NAME), RolloverAction::parse),
            new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(SetPriorityAction.NAME), SetPriorityAction::parse),
            new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(ReadOnlyAction.NAME), ReadOnlyAction::parse),
            new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(ForceMergeAction.NAME), ForceMergeAction::parse),
            new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(DeleteAction.NAME), DeleteAction::parse)));
        private final Map<String, LifecyclePolicy> policies = new ConcurrentSkipListMap<>();

        @Override
        public String getName() {
            return "stand_in_for_ilm";
        }

        @Override
        public List<Route> routes() {
            List<Route> routes = new ArrayList<>();
            for (RestRequest.Method method : List.of(RestRequest.Method.PUT, RestRequest.Method.GET, RestRequest.Method.DELETE)) {
                routes.add(new Route(method, "/_ilm/policy/{name}"));
            }
            return routes;
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
            String name = request.param("name");
            if (request.method() == RestRequest.Method.PUT) {
                XContentParserConfiguration configuration = XContentParserConfiguration.EMPTY.withRegistry(REGISTRY);
                try (var parser = JsonXContent.jsonXContent.createParser(configuration, request.requiredContent().streamInput())) {
                    LifecyclePolicy policy = parsed(parser, name);
                    policies.put(name, policy);
                }
                return channel -> channel.sendResponse(answer(RestStatus.OK, builder -> builder.field("acknowledged", true)));
            }
            LifecyclePolicy policy = request.method() == RestRequest.Method.DELETE ? policies.remove(name) : policies.get(name);
            if (policy == null) {
                return channel -> channel.sendResponse(
                    answer(RestStatus.NOT_FOUND, builder -> builder.field("error", "lifecycle policy not found: " + name)));
            }
            return channel -> channel.sendResponse(answer(RestStatus.OK, builder -> {
                builder.startObject(name).field("version", 1).field("policy");
                policy.toXContent(builder, ToXContent.EMPTY_PARAMS);
                builder.endObject();
            }));
        }

        /** The request's body is {@code {"policy": {...}}}. */
        private static LifecyclePolicy parsed(org.elasticsearch.xcontent.XContentParser parser, String name) throws IOException {
            parser.nextToken();
            parser.nextToken();
            if (!"policy".equals(parser.currentName())) {
                throw new IllegalArgumentException("unknown field [" + parser.currentName() + "], expected [policy]");
            }
            parser.nextToken();
            LifecyclePolicy policy = LifecyclePolicy.parse(parser, name);
            policy.validate();
            return policy;
        }

        private interface Body {
            void write(XContentBuilder builder) throws IOException;
        }

        private static RestResponse answer(RestStatus status, Body body) throws IOException {
            XContentBuilder builder = XContentBuilder.builder(XContentType.JSON.xContent()).startObject();
            body.write(builder);
            return new RestResponse(status, builder.endObject());
        }
    }
}
