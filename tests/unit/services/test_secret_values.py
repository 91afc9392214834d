"""Which values are taken for secrets, and what happens to them."""

import pytest
from pydantic import SecretStr

from services.application import built_in
from services.problems import ApplicationError
from services.secret_values import guarded, why_secret
from tests.unit.services.support_examples import application, web


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD", "example"),
        ("PGPASSWORD", "12345"),
        ("MYSQL_ROOT_PASSWORD", "db-78n9n"),
        ("GITHUB_TOKEN", "x"),
        ("STRIPE_API_KEY", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("xpack.security.authc.password", "x"),
        ("DATABASE_URL", "postgres://app:hunter2@db:5432/app"),
        ("CACHE", "redis://:hunter2@cache"),
        ("KC_DB_URL", "jdbc:postgresql://app:hunter2@db/app"),
        ("BROKERS", "amqp://a.example,amqp://app:hunter2@b.example"),
        ("RABBITMQ_DEFAULT_PASS", "x"),
        ("N8N_ENCRYPTION_KEY", "x"),
        ("APP_KEY", "base64:x"),
        ("NAME_OF_HOST_PASSWORD", "x"),
        ("DSN", "app:hunter2@tcp(db:3306)/app"),
        ("DSN", "Server=db;Database=app;User Id=app;Password=hunter2;"),
        ("DSN", "host=db user=app password=hunter2"),
        ("QUEUE", "Endpoint=sb://x.example.net/;SharedAccessKeyName=k;SharedAccessKey=hunter2"),
        ("STRIPE_KEY", "x"),
        ("MAPS_KEY", "AIzaSyD4x9Qw7Lk2Vb"),
        ("API_PASSWORD", "/hunter2"),
        ("SECRETS_PROVIDER_PASSWORD", "x"),
    ],
)
def test_a_secret_is_known_by_its_name_or_as_a_url_with_a_password(name: str, value: str) -> None:
    assert why_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "please"),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
        ("TOKEN_TTL_SECONDS", "3600"),
        ("TOKENS", "5"),
        ("PASSWORD", ""),
        ("SECRET_NAME", "key"),
        ("DATABASE_URL", "postgres://db:5432/app"),
        ("CELERY_BROKER_URL", "redis://:@redis:6379/0"),
        ("ADVERTISED", "PLAINTEXT://kafka:9092,PLAINTEXT_HOST://localhost:29092"),
        ("MAIL", "http://mail:8025/?from=a:b@example.org"),
        ("PUBLIC_KEY", "x"),
        ("BYPASS", "x"),
        ("MODE", "production"),
        ("DATABASE_PASSWORD", "/run/secrets/db-password"),
        ("TLS_PRIVATE_KEY", "./certificates/server.key"),
        ("SECRETS_PROVIDER", "vault"),
        ("PASSWORD_MIN_LEN", "12"),
        ("APP_SECRET_ROTATION_DAYS", "30"),
        ("STRIPE_PUBLISHABLE_KEY", "pk4x9Qw7Lk2Vb81Zt"),
        ("SORT_KEY", "created_at"),
        ("CACHE_KEY", "a-long-word-without-digits"),
        ("DSN", "app@tcp(db:3306)/app"),
        ("DSN", "Server=db;Integrated Security=true"),
        ("TEXT", "forgot your password = ask"),
    ],
)
def test_what_only_speaks_about_a_secret_is_none(name: str, value: str) -> None:
    assert why_secret(name, value) is None


def test_nothing_of_the_built_in_application_looks_like_a_secret() -> None:
    assert guarded(built_in(), strict=True) == (built_in(), ())


def test_a_secret_in_plain_becomes_one_and_is_told_without_its_value() -> None:
    described = application(web(environment={"API_TOKEN": "hunter2", "MODE": "fast"}).after)
    result, warnings = guarded(described, strict=False)
    assert result.services["web"].environment == {"API_TOKEN": SecretStr("hunter2"), "MODE": "fast"}
    assert warnings == (
        "services.web.environment.API_TOKEN: a value in plain under this name, injected as a secret: write "
        "${API_TOKEN} in its place, and set it: pulumi config set --secret --path 'services:variables.API_TOKEN'",
    )


def test_strictly_a_secret_in_plain_is_refused() -> None:
    described = application(web(environment={"API_TOKEN": "hunter2"}).after)
    with pytest.raises(
        ApplicationError, match=r"API_TOKEN: a value in plain under this name, which services:strict_secrets"
    ) as error:
        _ = guarded(described, strict=True)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"build": {"context": ".", "args": {"NPM_TOKEN": "hunter2"}}}, "services.web.build.args.NPM_TOKEN"),
        ({"x-aws": {"environment": {"API_TOKEN": "hunter2"}}}, "services.web.x-aws.environment.API_TOKEN"),
    ],
)
def test_a_secret_that_cannot_be_hidden_where_it_stands_is_refused(keys: dict[str, object], place: str) -> None:
    with pytest.raises(ApplicationError) as error:
        _ = guarded(application(web(**keys).after), strict=False)
    assert place in str(error.value)
    assert "hunter2" not in str(error.value)
