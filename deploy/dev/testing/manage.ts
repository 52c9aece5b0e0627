import { connect } from "./database.ts";
import { collect } from "./sheet.ts";

/** What `make dev` runs before the application. There is nothing to seed. */
switch (process.argv[2]) {
  case "migrate": {
    const database = await connect();
    await database`create table if not exists words (id int primary key, word text not null)`;
    await database`insert into words values (1, 'from Postgres') on conflict do nothing`;
    await database.end();
    break;
  }
  case "collectstatic":
    await collect();
    break;
  default:
    process.exitCode = 64;
}
process.stdout.write(`${process.argv[2]}: done\n`);
