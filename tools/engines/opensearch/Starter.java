import org.codelibs.opensearch.runner.OpenSearchRunner;

/** Starts one OpenSearch node until it is killed: {@code Starter FOLDER PORT TRANSPORT_PORT}. */
public final class Starter {
    private Starter() {}

    public static void main(String[] arguments) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("http.port", arguments[1]);
            settings.put("transport.port", arguments[2]);
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            settings.putList("node.roles", "cluster_manager", "data", "ingest");
        });
        runner.build(OpenSearchRunner.newConfigs().basePath(arguments[0]).clusterName("test").numOfNode(1));
        System.out.println("started");
        Thread.currentThread().join();
    }
}
