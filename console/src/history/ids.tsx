import { Link } from '@tanstack/react-router';
import { CopyId, shortId } from '../parts/copy-id.tsx';
import { useHasRole } from '../shell/role.ts';

/** Ids that lead to the page of what they are of, where the person may see it, and that can be copied. */
export const ViewerId = ({ id }: { readonly id: string }) => (
  <CopyId id={id} of="viewer">
    <Link to="/viewers/$viewerId" params={{ viewerId: id }} title={id}>
      {shortId(id)}
    </Link>
  </CopyId>
);

export const PatientId = ({ id }: { readonly id: string }) => {
  const mayOpen = useHasRole('compliance');
  return (
    <CopyId id={id} of="patient">
      {mayOpen && (
        <Link to="/patients/$patientId" params={{ patientId: id }} title={id}>
          {shortId(id)}
        </Link>
      )}
    </CopyId>
  );
};

export const RecordingId = ({ id }: { readonly id: string }) => {
  const mayOpen = useHasRole('compliance');
  return (
    <CopyId id={id} of="recording">
      {mayOpen && (
        <Link to="/recordings/$recordingId" params={{ recordingId: id }} title={id}>
          {shortId(id)}
        </Link>
      )}
    </CopyId>
  );
};

export const ReleaseName = ({ name }: { readonly name: string }) => {
  const mayOpen = useHasRole('compliance');
  if (!mayOpen) return name;
  return (
    <Link to="/releases/$version" params={{ version: name }}>
      {name}
    </Link>
  );
};

/** As the pictures' tables write ids. */
export const linkOf = (kind: 'viewer' | 'patient' | 'recording', id: string): React.ReactNode => {
  if (kind === 'viewer') return <ViewerId id={id} />;
  return kind === 'patient' ? <PatientId id={id} /> : <RecordingId id={id} />;
};
