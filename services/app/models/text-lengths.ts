/** The longest texts, in characters (code points). Forms check them, and so does the database. */
export const LIMITS = { name: 30, title: 120, body: 4000, comment: 1000 } as const;
