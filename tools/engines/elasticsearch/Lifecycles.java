import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.xpack.core.ilm.DeleteAction;
import org.elasticsearch.xpack.core.ilm.ForceMergeAction;
import org.elasticsearch.xpack.core.ilm.LifecycleAction;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecycleType;
import org.elasticsearch.xpack.core.ilm.ReadOnlyAction;
import org.elasticsearch.xpack.core.ilm.RolloverAction;
import org.elasticsearch.xpack.core.ilm.SetPriorityAction;
import org.elasticsearch.xpack.core.ilm.TimeseriesLifecycleType;

/** {@code PUT, GET, DELETE _ilm/policy/NAME} over Elasticsearch's own parser; kept as long as the node runs. */
final class Lifecycles extends BaseRestHandler {
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
