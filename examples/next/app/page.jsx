export default function Page() {
  return <h1>Next in the gateway</h1>;
}
