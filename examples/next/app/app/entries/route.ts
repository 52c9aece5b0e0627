import { isUnavailable } from "@/database";
import { addEntry, newestEntries, problemOf } from "@/entries";
import { keepPicture } from "@/uploads";

export async function GET(): Promise<Response> {
  try {
    return Response.json(await newestEntries());
  } catch (error) {
    return unavailable(error);
  }
}

export async function POST(request: Request): Promise<Response> {
  try {
    return await add(request);
  } catch (error) {
    return unavailable(error);
  }
}

/** Says when to try again where the database could not be reached. @throws all else, which is Next's */
function unavailable(error: unknown): Response {
  if (!isUnavailable(error)) throw error;
  console.error(error);
  const headers = { "retry-after": "5" };
  return new Response("Please try again in a few seconds.", { status: 503, headers });
}

async function add(request: Request): Promise<Response> {
  const origin = request.headers.get("origin") ?? "";
  // A form that another site has sent would be sent with this site's cookies.
  if (!URL.canParse(origin) || new URL(origin).host !== request.headers.get("host")) {
    return new Response("Please send the form of this site.", { status: 403 });
  }
  const form = await request.formData();
  const text = String(form.get("text") ?? "");
  const file = form.get("picture");
  let problem = problemOf(text);
  let picture: string | undefined;
  if (problem === undefined && file instanceof File && file.size > 0) {
    picture = await keepPicture(await file.bytes());
    if (picture === undefined) problem = "Please choose a PNG, JPEG or GIF of at most 5 MB.";
  }
  if (problem !== undefined) return new Response(problem, { status: 422 });
  await addEntry(text, picture ?? null);
  return new Response(null, { status: 303, headers: { location: "/" } });
}
