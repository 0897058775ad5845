/** @jsxImportSource hono/jsx */
/** A share as a bar, with the same in words for whoever does not see it. */
export const Meter = ({ label, fraction, low = false }: { label: string; fraction: number; low?: boolean }) => (
  <svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={label}>
    <rect class="all" width="100" height="10" />
    <rect class={low ? 'part low' : 'part'} width={Math.round(Math.min(1, Math.max(0, fraction)) * 100)} height="10" />
  </svg>
)
