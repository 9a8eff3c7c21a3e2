import { Page } from '../parts/page.tsx';

export const IncidentPage = () => <Page title="Incident">…</Page>;
