import { pictureFields } from "@/uploads";

export async function GET(
  _request: Request,
  { params }: Readonly<{ params: Promise<{ name: string }> }>,
): Promise<Response> {
  const { name } = await params;
  const headers = pictureFields(name);
  if (headers === undefined) return new Response("There is no such picture.", { status: 404 });
  return new Response(null, { headers });
}
