export default function Page() {
  return <h1>Hello world, from Next in the gateway</h1>;
}
