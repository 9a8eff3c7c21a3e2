import { Page } from '../parts/page.tsx';

export const BoardPage = () => <Page title="Incidents">…</Page>;
