/** What is run beside the site: `node app/manage.ts migrate` or `collectstatic`, each before a release starts. */
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
  default:
    console.error(`manage: there is no command ${command}: use migrate or collectstatic`);
    process.exitCode = 64;
}
