module infra/tools/logstash_syntax

go 1.24

require github.com/breml/logstash-config v0.5.3
