import static org.elasticsearch.plugins.AnalysisPlugin.requiresAnalysisSettings;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.TextFieldMapper;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.ScriptPlugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.script.IngestConditionalScript;
import org.elasticsearch.script.ScriptContext;
import org.elasticsearch.script.ScriptEngine;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;

/**
 * What a full distribution has and Maven Central has not.
 *
 * <p>Index lifecycle policies and the options of data streams are parsed by Elasticsearch's own parsers
 * ({@link Lifecycles}, {@link StreamOptions}). Ingest processors and
 * Painless conditions accept anything, so that pipelines can be stored; what runs pipelines is in {@link Ingest}. The
 * type match_only_text is text here.
 */
public final class StandIns extends Plugin implements ActionPlugin, AnalysisPlugin, IngestPlugin, MapperPlugin, ScriptPlugin {
    private static final List<String> PROCESSORS = List.of(
        "append", "convert", "date", "dissect", "fail", "fingerprint", "grok", "gsub", "join", "json", "kv",
        "lowercase", "pipeline", "remove", "rename", "reroute", "script", "set", "split", "trim", "uppercase", "urldecode",
        "user_agent");

    private StreamOptions options;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        options = new StreamOptions(services);
        return List.of();
    }

    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        Map<String, Processor.Factory> factories = new TreeMap<>();
        for (String type : PROCESSORS) {
            factories.put(type, (all, tag, description, config, project) ->
                Ingest.processor(type, tag, description, config, parameters.ingestService, project));
        }
        return factories;
    }

    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        return Map.of("match_only_text", TextFieldMapper.PARSER);
    }

    @Override
    public ScriptEngine getScriptEngine(Settings settings, Collection<ScriptContext<?>> contexts) {
        return new ScriptEngine() {
            @Override
            public String getType() {
                return "painless";
            }

            @Override
            public <T> T compile(String name, String source, ScriptContext<T> context, Map<String, String> options) {
                IngestConditionalScript.Factory condition = (parameters, document) ->
                    new IngestConditionalScript(parameters, document) {
                        @Override
                        public boolean execute() {
                            return Ingest.SIMULATED;
                        }
                    };
                return context.factoryClazz.cast(condition);
            }

            @Override
            public Set<ScriptContext<?>> getSupportedContexts() {
                return Set.of(IngestConditionalScript.CONTEXT);
            }
        };
    }

    /** The index of users and roles analyses e-mail addresses with these three. */
    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of("unique", (index, environment, name, settings) -> new AbstractTokenFilterFactory(name) {
            @Override
            public TokenStream create(TokenStream stream) {
                return new RemoveDuplicatesTokenFilter(stream);
            }
        }, "pattern_capture", requiresAnalysisSettings((index, environment, name, settings) -> {
            Pattern[] patterns = settings.getAsList("patterns").stream().map(Pattern::compile).toArray(Pattern[]::new);
            boolean original = settings.getAsBoolean("preserve_original", true);
            return new AbstractTokenFilterFactory(name) {
                @Override
                public TokenStream create(TokenStream stream) {
                    return new PatternCaptureGroupTokenFilter(stream, original, patterns);
                }
            };
        }));
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("uax_url_email",
            (index, environment, name, settings) -> TokenizerFactory.newFactory(name, UAX29URLEmailTokenizer::new));
    }

    @Override
    public List<Setting<?>> getSettings() {
        return List.of(LifecycleSettings.LIFECYCLE_NAME_SETTING);
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features
    ) {
        return List.of(new Lifecycles(), options);
    }
}
