/** What is run beside the site. Before a release starts, `node app/manage.ts migrate` and `collectstatic` are. */
const [command = ""] = process.argv.slice(2);

switch (command) {
  case "migrate": {
    const { migrate } = await import("./migrate.ts");
    await migrate();
    break;
  }
  case "collectstatic": {
    const { collectStatic } = await import("./assets.ts");
    collectStatic();
    break;
  }
  case "seed":
    // What a new site, and that of `make dev`, should begin with: nothing yet.
    break;
  default:
    console.error(`manage: there is no command ${command}: use migrate, collectstatic or seed`);
    process.exitCode = 64;
}
