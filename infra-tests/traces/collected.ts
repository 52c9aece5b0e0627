/** A span as the collector's debug exporter writes it into its log. */
export interface CollectedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly id: string;
  /** "" is the first span of its trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const ATTRIBUTE = /^ {5}-> ([\w.]+): \w+\((.*)\)$/;
const FIELD = /^ {4}([A-Z][\w ]*\w) *: ?(.*)$/;

/** The spans in the log of a collector whose debug exporter has the verbosity "detailed". */
export function collectedSpans(log: string): CollectedSpan[] {
  const found: CollectedSpan[] = [];
  let resource: Record<string, string> = {};
  let attributes: Record<string, string> = {};
  let fields: Record<string, string> = {};
  const end = () => {
    if (fields["Trace ID"] === undefined) return;
    found.push({
      service: resource["service.name"] ?? "",
      traceId: fields["Trace ID"],
      id: fields.ID ?? "",
      parentId: fields["Parent ID"] ?? "",
      name: fields.Name ?? "",
      kind: fields.Kind ?? "",
      attributes,
    });
    fields = {};
  };
  for (const line of log.split("\n")) {
    const [, key, value = ""] = ATTRIBUTE.exec(line) ?? [];
    const [, field, text = ""] = FIELD.exec(line) ?? [];
    if (line.startsWith("Resource attributes:")) {
      end();
      resource = {};
      attributes = resource;
    } else if (/^Span #\d+$/.test(line)) {
      end();
      attributes = {};
    } else if (key !== undefined) attributes[key] = value;
    else if (field !== undefined) fields[field] = text;
  }
  end();
  return found;
}
