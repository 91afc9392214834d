CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
