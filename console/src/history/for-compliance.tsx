import { EmptyState } from '../parts/states.tsx';
import { useHasRole } from '../shell/role.ts';

/** What only compliance officers may see. For others nothing of it is asked of the API, which would refuse it. */
export const ForCompliance = ({ children }: { readonly children: React.ReactNode }) =>
  useHasRole('compliance') ? (
    children
  ) : (
    <EmptyState title="This is for compliance officers">
      It says who looked at whom. On-call finds what an incident needs on its own page.
    </EmptyState>
  );
