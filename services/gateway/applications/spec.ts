/** MODULE and EXPORT of MODULE[:EXPORT]. */
export function splitSpec(spec: string): { readonly module: string; readonly name?: string } {
  const [, module, name] = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(spec) ?? [];
  return module === undefined || name === undefined ? { module: spec } : { module, name };
}
