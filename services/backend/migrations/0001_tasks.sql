-- Identifiers are made by the application and rise with time (UUID version 7): the primary key is the order of lists.
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);

-- A list of what is open stays fast however much was completed.
CREATE INDEX tasks_open ON tasks (id) WHERE completed_at IS NULL;
