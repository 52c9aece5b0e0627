/** How this replica behaves until it is told otherwise. */
export const mode = {
  /** Reads every request to its end and closes the connection without an answer. */
  breaksOff: false,
};
