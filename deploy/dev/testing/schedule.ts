/** A task of each second: it prints a variable of app.env. */
export default {
  greet: { cron: "* * * * * *", command: ["node", "--print", "'task: ' + process.env.GREETING"] },
};
