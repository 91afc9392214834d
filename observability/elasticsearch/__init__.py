"""What Elasticsearch is told: lifecycles, pipelines, templates, roles and users; pure functions of the description."""
