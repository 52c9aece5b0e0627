// PM2's cluster mode, as its documentation configures it.
module.exports = {
  apps: [{ name: "app", script: "app.js", exec_mode: "cluster", instances: process.env.WORKERS }],
};
