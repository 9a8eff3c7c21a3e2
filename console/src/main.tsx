import './theme.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { isSession } from './api/client.ts';
import { queryClient, session } from './api/queries.ts';
import { followIncidents } from './live/on-call.ts';
import { applyTheme } from './parts/preferences.ts';
import { router } from './router.tsx';
import { isOfTheDesk } from './shell/role.ts';

applyTheme();
// Every page asks first who is there, and those of the desk hear of incidents: both are on their way while the page itself is fetched and drawn.
void queryClient
  .fetchQuery(session)
  .then((read) => isSession(read) && isOfTheDesk(read) && followIncidents())
  // The page asks again, and says so.
  .catch(() => undefined);
const place = document.getElementById('console');
if (place === null) throw new Error('index.html has no place for the console');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
