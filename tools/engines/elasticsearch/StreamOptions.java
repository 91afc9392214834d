import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.DataStreamOptions;
import org.elasticsearch.cluster.metadata.MetadataDataStreamsService;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.IndexSettingProviders;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentType;

/**
 * {@code PUT, GET _data_stream/NAME/_options} over Elasticsearch's own parser and service: the options are those of the
 * node's data streams. NAME is one name, or has {@code *}.
 */
final class StreamOptions extends BaseRestHandler {
    private static final TimeValue TIMEOUT = TimeValue.timeValueSeconds(30);
    private final ClusterService cluster;
    private final MetadataDataStreamsService streams;

    StreamOptions(Plugin.PluginServices services) {
        cluster = services.clusterService();
        streams = new MetadataDataStreamsService(
            cluster, services.indicesService(), services.dataStreamGlobalRetentionSettings(), IndexSettingProviders.EMPTY);
    }

    @Override
    public String getName() {
        return "stand_in_for_data_stream_options";
    }

    @Override
    public List<Route> routes() {
        return List.of(
            new Route(RestRequest.Method.PUT, "/_data_stream/{name}/_options"),
            new Route(RestRequest.Method.GET, "/_data_stream/{name}/_options"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        String name = request.param("name");
        Map<String, DataStream> found = new TreeMap<>(cluster.state().metadata().getProject(ProjectId.DEFAULT).dataStreams());
        found.keySet().removeIf(stream -> !Regex.simpleMatch(name, stream));
        if (found.isEmpty() && !Regex.isSimpleMatchPattern(name)) {
            return channel -> channel.sendResponse(new RestResponse(RestStatus.NOT_FOUND, "no such index [" + name + "]"));
        }
        if (request.method() == RestRequest.Method.PUT) {
            DataStreamOptions options;
            try (var parser = request.contentParser()) {
                options = DataStreamOptions.fromXContent(parser);
            }
            return channel -> streams.setDataStreamOptions(
                ProjectId.DEFAULT, List.copyOf(found.keySet()), options, TIMEOUT, TIMEOUT, new RestToXContentListener<>(channel));
        }
        return channel -> channel.sendResponse(new RestResponse(RestStatus.OK, told(found)));
    }

    private static XContentBuilder told(Map<String, DataStream> found) throws IOException {
        XContentBuilder builder = XContentBuilder.builder(XContentType.JSON.xContent()).startObject().startArray("data_streams");
        for (DataStream stream : found.values()) {
            builder.startObject().field("name", stream.getName());
            if (!stream.getDataStreamOptions().isEmpty()) {
                builder.field("options");
                stream.getDataStreamOptions().toXContent(builder, ToXContent.EMPTY_PARAMS);
            }
            builder.endObject();
        }
        return builder.endArray().endObject();
    }
}
