/** From a worker. */
export type Notice =
  /** A test begins. It arrives a turn of the event loop later: not at all if the test blocks or crashes at once. */
  | { readonly type: "begins"; readonly test: string }
  /** A test ended. `failure` says where and why it failed. */
  | { readonly type: "ended"; readonly failure?: string | undefined }
  /** All tests of a file ended. */
  | { readonly type: "done"; readonly failure?: string | undefined };

/** To a worker: the path of its next file. */
export interface NextFile {
  readonly file: string;
}
