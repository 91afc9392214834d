import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.ingest.IngestService;
import org.elasticsearch.ingest.PipelineConfiguration;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * What the system property {@code ingest.simulator} names runs pipelines: the address of an OpenSearch, whose processors
 * are alike. Without it processors are names alone, and leave documents as they are.
 *
 * <p>The first processor of a pipeline has the whole pipeline simulated, with those that it calls, and ends it.
 */
final class Ingest {
    static final boolean SIMULATED = System.getProperty("ingest.simulator") != null;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Map<String, PipelineConfiguration> STORED = new HashMap<>();

    private Ingest() {}

    static Processor processor(
        String type, String tag, String description, Map<String, Object> config, IngestService service, ProjectId project
    ) {
        config.clear();
        return new AbstractProcessor(tag, description) {
            @Override
            public IngestDocument execute(IngestDocument document) throws IOException {
                if (SIMULATED) {
                    var metadata = service.getClusterService().state().metadata().getProject(project);
                    store(metadata.<IngestMetadata>custom(IngestMetadata.TYPE).getPipelines());
                    simulate(document);
                }
                return document;
            }

            @Override
            public String getType() {
                return type;
            }
        };
    }

    private static void simulate(IngestDocument document) throws IOException {
        Map<String, Object> source = document.getSource();
        String index = document.getMetadata().getIndex();
        Map<String, Object> body = Map.of("docs", List.of(Map.of("_index", index, "_source", source)));
        Object pipeline = document.getIngestMetadata().get("pipeline");
        Map<String, Object> answer = call("POST", "/_ingest/pipeline/" + pipeline + "/_simulate", body);
        Map<String, Object> result = Ingest.<List<Map<String, Object>>>cast(answer.get("docs")).get(0);
        if (result.get("error") != null) {
            throw new IllegalArgumentException(String.valueOf(result.get("error")));
        }
        Map<String, Object> after = cast(result.get("doc"));
        source.clear();
        source.putAll(cast(after.get("_source")));
        if (index.equals(after.get("_index"))) {
            document.terminate();
        } else {
            document.reroute((String) after.get("_index"));
        }
    }

    /** Gives the simulator what it has not, or has otherwise. */
    private static synchronized void store(Map<String, PipelineConfiguration> pipelines) throws IOException {
        for (PipelineConfiguration pipeline : pipelines.values()) {
            if (!pipeline.equals(STORED.get(pipeline.getId()))) {
                Map<String, Object> body = new HashMap<>(pipeline.getConfig());
                // What OpenSearch does not know, or Elasticsearch adds.
                body.keySet().retainAll(List.of("description", "processors", "on_failure"));
                body.replaceAll((key, value) -> value instanceof List<?> list ? adapted(cast(list)) : value);
                call("PUT", "/_ingest/pipeline/" + pipeline.getId(), body);
                STORED.put(pipeline.getId(), pipeline);
            }
        }
    }

    private static List<Map<String, Object>> adapted(List<Map<String, Object>> processors) {
        return processors.stream()
            .map(item -> item.containsKey("reroute") ? moved(cast(item.get("reroute"))) : item)
            .collect(Collectors.toList());
    }

    /** OpenSearch lacks {@code reroute}: the index that it leads to is set. */
    private static Map<String, Object> moved(Map<String, Object> reroute) {
        Map<String, Object> set = new HashMap<>();
        set.put("field", "_index");
        set.put("value", "logs-" + only(reroute, "dataset") + "-" + only(reroute, "namespace"));
        if (reroute.get("if") != null) {
            set.put("if", reroute.get("if"));
        }
        return Map.of("set", set);
    }

    private static Object only(Map<String, Object> reroute, String name) {
        return Ingest.<List<Object>>cast(reroute.get(name)).get(0);
    }

    private static Map<String, Object> call(String method, String path, Map<String, Object> body) throws IOException {
        String text = Strings.toString(XContentBuilder.builder(JsonXContent.jsonXContent).map(body));
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getProperty("ingest.simulator") + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(text))
            .build();
        try {
            HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalArgumentException(response.body());
            }
            return XContentHelper.convertToMap(JsonXContent.jsonXContent, response.body(), false);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IOException(error);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T cast(Object value) {
        return (T) value;
    }
}
