import { Page } from '../parts/page.tsx';

export const FilePage = () => <Page title="Breach file">…</Page>;
