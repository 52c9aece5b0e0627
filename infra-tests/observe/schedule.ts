/** While there is this file, the task fails. */
export const FAILS = "/srv/media/task-fails";

/** A task of each second that a test has fail. */
export default { tick: { cron: "* * * * * *", command: ["test", "!", "-e", FAILS] } };
