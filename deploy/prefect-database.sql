-- Prefect's own database beside ours; its server makes the tables, and needs trigrams.
CREATE DATABASE prefect OWNER wirewatch;
\connect prefect
CREATE EXTENSION IF NOT EXISTS pg_trgm;
