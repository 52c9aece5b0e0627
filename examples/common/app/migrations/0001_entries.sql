create table entries (
  id integer generated always as identity primary key,
  text text not null,
  picture text,
  written_at timestamptz not null default now()
);
