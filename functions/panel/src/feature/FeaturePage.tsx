export function FeaturePage({ id }: { id: number; phase: number | null }) {
  return <p>{id}</p>;
}
