import Docker from "dockerode";

/** The engine that the tests look at and break things with. */
export const docker = new Docker();
