import { revalidatePath } from "next/cache";

/** A real site asks for a secret here: whoever calls it costs a rendering. */
export function POST() {
  revalidatePath("/news");
  return new Response(null, { status: 204 });
}
