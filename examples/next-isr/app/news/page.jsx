/** Made again once an hour, or as soon as /revalidate says so: Next calls it ISR. */
export const revalidate = 3600;

export default function News() {
  return <h1>{`News of ${new Date().toISOString()}`}</h1>;
}
