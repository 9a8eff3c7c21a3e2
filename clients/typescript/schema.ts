// Made by `npm run clients` from the OpenAPI document: change the routes, and make it again.
export interface paths {
    "/console/backchannel-logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hear from the issuer that people signed out
         * @description OpenID Connect Back-Channel Logout 1.0: ends the sessions of the person in `sub`, those that were begun with the session in `sid`, or of the two those that are both, and their sockets, at once and on every instance.
         *
         *     Needs no token.
         */
        post: operations["endSessionsAtIssuer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come back from signing in
         * @description Where the issuer sends the browser back to. It leads on into the console, or to its page `/console/sign-in`, which says by the code in `problem` why no session was begun.
         *
         *     Needs no token.
         */
        get: operations["finishSignIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Go and sign in
         * @description Leads the browser to the issuer, and back to a page of the console; in development to the page with the roles. Where the issuer cannot be asked, it leads to `/console/sign-in`, as the way back does. With `stepUp=1` the issuer asks again for who it is: after 403 `step-up-needed`.
         *
         *     Needs no token.
         */
        get: operations["beginSignIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the console session of the browser
         * @description Ends the session at once, here and on every other instance, and takes the cookie away.
         *
         *     Needs no token.
         */
        post: operations["signOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the console session of the browser
         * @description Whom the cookie of the console speaks for. Without a session the problem says in `signIn` how to begin one: at `/console/login` with the `issuer`, or by a click in `development`.
         *
         *     Needs no token.
         */
        get: operations["getConsoleSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in by a click, for development
         * @description Begins a session without any proof, where no issuer is configured, never in production, and for browsers on the same machine unless `CONSOLE_URL` is set. Anywhere else there is no such route.
         *
         *     Needs no token.
         */
        post: operations["signInForDevelopment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell whether the process runs
         * @description Answers as long as the process can answer at all. Failing it is a reason to restart the process; an unreachable store is none.
         *
         *     Needs no token.
         */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell whether requests can be served
         * @description Asks each dependency that requests need. A 503 names those that fail; send requests elsewhere until it is 200 again.
         *
         *     Needs no token.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access-history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask the access history
         * @description Answers who was shown, opened, received or was refused which recording, as it was known at a moment: JSON in pages; CSV, NDJSON and FHIR AuditEvents as one stream. Who asked is on record before the answer.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listAccessHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access-monitor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how far the access monitor is
         * @description Answers whether the second key judges views here, how many events wait for it, and how many it has parked.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getAccessMonitor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access-monitor/minutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how fast views are judged
         * @description Answers the last hour minute by minute: verdicts of the second key, how long they took, and how long it took until a flagged view was a breach on record.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getAccessMonitorMinutes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access-monitor/replay-parked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay parked views
         * @description Gives the events that the access monitor could not judge to its rules again. No verdict can be entered by hand.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["replayParkedViews"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backtests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a backtest
         * @description Judges the views of the past by other rules, in the background, before rules are changed.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["beginBacktest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backtests/{backtestId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a backtest
         * @description Answers how far the backtest is, or which verdicts would have been others.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getBacktest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List breaches
         * @description Answers a page of breaches, newest first, of one status or of all.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listBreaches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a breach
         * @description Answers the breach with the steps that were taken on it.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getBreach"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge a breach
         * @description Says that a person works on the breach.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["acknowledgeBreach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a breach
         * @description Closes the breach as handled. A critical one that is not contained needs a reason code.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["closeBreach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/contain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Contain a breach
         * @description Puts on record that the breach is contained.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["containBreach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Dismiss a breach
         * @description Closes the breach as none. A critical one needs a reason code.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["dismissBreach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/justification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the reason given for an emergency
         * @description Answers the text with which a clinician opened a recording in an emergency. Who reads it is on record before it is shown.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["readJustification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/notify-patient": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Record that the patient was told
         * @description Puts on record that the patient was told of the breach. The ledger tells no patient by itself.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["recordPatientNotified"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breaches/{breachId}/notify-regulator": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Record that the authority was told
         * @description Puts on record that the supervisory authority was told of the breach. The ledger tells no authority by itself.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["recordRegulatorNotified"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clinicians/{clinicianId}/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell when a clinician is free
         * @description Answers when a clinician is booked and when not, within a week from now or the time that is asked for: to that clinician and to services. The ledger knows no hours of work.
         *
         *     For callers with one of the roles: clinician, service.
         */
        get: operations["getClinicianAvailability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clinicians/{clinicianId}/consultations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the consultations of a clinician
         * @description Answers a page of the consultations in a clinician’s calendar, the latest start first unless asked for otherwise: to that clinician and to services.
         *
         *     For callers with one of the roles: clinician, service.
         */
        get: operations["listClinicianConsultations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List drills
         * @description Answers a page of drills, newest first.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listDrills"];
        put?: never;
        /**
         * Ask for a drill
         * @description Asks for a breach that is made to happen to synthetic patients. A second person begins it.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["requestDrill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills/{drillId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a drill
         * @description Answers the drill and, once it is over, how soon it was noticed and acted on.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getDrill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills/{drillId}/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a drill
         * @description A second person begins the drill: its views are made, and the clock of those on call runs.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["beginDrill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List erasures
         * @description Answers a page of erasures, newest first.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listErasures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasureId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an erasure
         * @description Answers how far the erasure is, and until when it can be cancelled.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasureId}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve an erasure
         * @description A second officer approves the erasure. It begins after `ERASURE_HOLD_HOURS`, and can be cancelled until then.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["approveErasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasureId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an erasure
         * @description Cancels an erasure that has not begun: nothing was destroyed yet.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["cancelErasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasureId}/certificate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the certificate of an erasure
         * @description Answers which keys and recordings were destroyed, when, and until when back-ups of keys live; the same for ever. JSON, or PDF to hand out.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getErasureCertificate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/escalation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the escalation policy
         * @description Answers the policy of paging, the state of its channels, and the steps to come.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getEscalation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List exports
         * @description Answers a page of exports, newest first.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listExports"];
        put?: never;
        /**
         * Ask for an export
         * @description Asks for rows of the access history as a file. One about many patients waits for the approval of a second officer.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["requestExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{exportId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an export
         * @description Answers how far the export is, and its file’s size, hash and address once it is made.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{exportId}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve an export
         * @description A second officer approves the export, which is then made.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["approveExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{exportId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an export
         * @description Cancels an export that is not made yet, or removes its file.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["cancelExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/exports/{exportId}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the file of an export
         * @description Sends the file. Who fetches it is on record before the first byte leaves; its hash is checked before the last one does.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["downloadExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the security feed
         * @description Answers what happened after a position as NDJSON, each line a CloudEvent with an OCSF event, oldest first. With `wait` it waits for the next event where there is none yet.
         *
         *     For callers with one of the roles: siem.
         */
        get: operations["readFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hooks/livekit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a webhook of LiveKit
         * @description Who is in a room, and which recordings were made there. LiveKit sends it, signed with `LIVEKIT_API_SECRET`; each message is taken once, however often it comes. Presence gives no right to anything.
         *
         *     Needs no token.
         */
        post: operations["receiveLiveKitWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hooks/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take what another media server tells
         * @description One event as a Standard Webhook, signed by the sender; each message is taken once, however often it comes. The guide on media has its fields.
         *
         *     Needs no token.
         */
        post: operations["receiveMediaWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hooks/pagerduty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive an event of PagerDuty
         * @description Takes webhooks (V3) of PagerDuty: an acknowledgement on the phone is one here. Each message is signed by its sender; one that means nothing here is taken all the same.
         *
         *     Needs no token.
         */
        post: operations["receivePagerDutyEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List incidents
         * @description Answers a page of incidents, newest first. An incident is all breaches of one cause.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listIncidents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an incident
         * @description Answers the incident with its clocks of the law and its timeline.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getIncident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge an incident
         * @description Says that a person works on the incident: paging stops.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["acknowledgeIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/assess": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Assess the risk of an incident
         * @description States the risk to the people affected; the duties of notification follow from it.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["assessIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Assign an incident
         * @description Gives the incident to a person of the desk.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["assignIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/breaches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the breaches of an incident
         * @description Answers a page of the breaches that the incident is made of, newest first.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listIncidentBreaches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close an incident
         * @description Closes the incident with a resolution, and its breaches with it.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["closeIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/contain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Contain an incident
         * @description Stops what the scope names: all views of the incident, and with them its viewers, recordings or releases. With `preview` it answers what that would stop, and stops nothing.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["containIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/declare-awareness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say when the breach became known
         * @description States the moment from which the clocks of the law run.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["declareAwareness"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the breach file of an incident
         * @description Answers all that the law asks for after a breach, as of a position of the log; the same for ever at the same position. JSON with all of it, PDF without ids of people, CSV of the people affected.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getBreachFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/file/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who was given the breach file
         * @description Answers who read or downloaded the breach file of an incident, in which form and as of which position, newest first. At each position the file is the same for ever: asked for again with `asOf`, it has the same bytes.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listBreachFileVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge an incident into another
         * @description Makes the breaches of this incident part of another one of the same cause.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["mergeIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a note to an incident
         * @description Adds a line to the timeline of the incident.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["addIncidentNote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/notify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Record whom the incident was told to
         * @description Puts on record that an authority or patients were told. The ledger tells no authority and no patient by itself.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["recordIncidentNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reopen an incident
         * @description Opens a closed incident again, with a reason code.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["reopenIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/{incidentId}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Split breaches off an incident
         * @description Makes the named breaches an incident of their own.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["splitIncident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the register of breaches
         * @description Answers every incident that is no drill, newest first, as of a position of the log: JSON in pages, or CSV with all entries. Who reads it is on record.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getBreachRegister"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/access-notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the caller’s choice of notifications
         * @description Answers whether the caller, a patient, is notified of accesses to their recordings.
         *
         *     For callers with one of the roles: patient.
         */
        get: operations["getAccessNotifications"];
        /**
         * Choose notifications of accesses
         * @description Patients choose whether they are notified of accesses to their own recordings.
         *
         *     For callers with one of the roles: patient.
         */
        put: operations["chooseAccessNotifications"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/accesses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who opened the caller’s recordings
         * @description Answers a page of accesses to the caller’s own consultations and recordings, newest first: shown, opened, refused, played, audited.
         *
         *     For callers with one of the roles: patient.
         */
        get: operations["listMyAccesses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/consultations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller’s own consultations
         * @description Answers a page of the consultations that the caller takes part in, the latest start first unless asked for otherwise. A caller cannot ask for those of another person here.
         *
         *     For anyone with a token.
         */
        get: operations["listMyConsultations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/on-call/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the on-call schedule
         * @description Answers who is on call by each schedule now and for the days to come.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getOnCallSchedule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/paging/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test page
         * @description Sends a page marked TEST through every channel and answers what each receiver said.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["testPaging"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/access-holds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the holds of a patient
         * @description Answers a page of the holds on the patient’s list of accesses, newest first.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listAccessHolds"];
        put?: never;
        /**
         * Keep accesses from a patient for a while
         * @description Compliance keeps accesses from the patient’s own list where the law allows it, as during an inquiry. The hold ends by itself at its time.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["placeAccessHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/access-holds/{holdId}/lift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lift a hold
         * @description Ends a hold before its time: from then on the patient’s list shows what it kept back.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["liftAccessHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/accesses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who opened a patient’s recordings
         * @description Answers what the patient is told of accesses: to compliance, to a service for the patient or the guardian it names, and to a guardian for the consultations they are one in. Each call is on record, and the patient sees that they asked.
         *
         *     For anyone with a token.
         */
        get: operations["listPatientAccesses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the consultations of a patient
         * @description Answers a page of the patient’s consultations, the latest start first unless asked for otherwise, to the patient and to services.
         *
         *     For callers with one of the roles: patient, service.
         */
        get: operations["listPatientConsultations"];
        put?: never;
        /**
         * Book a consultation
         * @description Books a slot for a patient with a clinician. Patients book for themselves, clinicians book with themselves, services book for anyone. The booking rules of the deployment apply, and a clinician has one consultation at a time.
         *
         *     For callers with one of the roles: patient, clinician, service.
         */
        post: operations["bookConsultation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a consultation
         * @description Answers the consultation with its participants and recordings to those who take part in it and to services. Anyone else is told that it does not exist.
         *
         *     For anyone with a token.
         */
        get: operations["getConsultation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a consultation
         * @description Cancels a consultation that is still booked and frees the clinician’s slot. The reason is a code, kept with the event.
         *
         *     For anyone with a token.
         */
        post: operations["cancelConsultation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete a consultation
         * @description Says that the consultation took place and is over. Recordings can still be filed for it.
         *
         *     For callers with one of the roles: clinician, service.
         */
        post: operations["completeConsultation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give or withdraw consent to recording
         * @description Puts on record whether the patient, or a guardian for them, consents to being recorded. Without it no recording is taken.
         *
         *     For callers with one of the roles: patient, service.
         */
        post: operations["consentToRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join a consultation
         * @description Puts on record that a participant joined a media session. Recordings are filed under the media sessions that were joined.
         *
         *     For anyone with a token.
         */
        post: operations["joinConsultation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave a consultation
         * @description Puts on record that a participant left.
         *
         *     For anyone with a token.
         */
        post: operations["leaveConsultation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/no-show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say who did not come
         * @description Closes a consultation that did not take place because the patient or the clinician did not come.
         *
         *     For callers with one of the roles: clinician, service.
         */
        post: operations["markNoShow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite a participant
         * @description Lets another person take part, such as a guardian, an interpreter or a specialist. From then on they may see the consultation.
         *
         *     For callers with one of the roles: patient, clinician, service.
         */
        post: operations["inviteParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/participants/{personId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a participant
         * @description Takes an invited person’s access to the consultation and its recordings away, also after it is closed. The patient and the booked clinician stay.
         *
         *     For callers with one of the roles: patient, clinician, service.
         */
        delete: operations["removeParticipant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * File a recording
         * @description Takes a recording as the body, of a media session that was joined and with the patient’s consent. Its container is checked, and its SHA-256 is in the ledger with it.
         *
         *     For callers with one of the roles: clinician, service.
         */
        post: operations["uploadRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erase a recording
         * @description Removes the bytes of the recording for good. What the ledger says of it stays.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["eraseRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get where a recording comes from
         * @description Answers the media session that a recording was made in, who joined it, the claim that it came by, its hash, and what it went through. The patient sees that an officer read it.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getRecordingProvenance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Quarantine a recording
         * @description Keeps the recording from all viewers until it is released.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["quarantineRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Release a recording
         * @description Ends the quarantine: participants can view the recording again.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["releaseRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/reviewers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a person review a recording
         * @description Lets a person with the role `on-call` or `compliance` watch the recording with the purpose `review`, until a time within 24 hours. Both keys judge each view as ever, and the patient sees it. No officer assigns themself.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["assignReviewer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask to view a recording
         * @description Asks for a recording. The request is in the ledger before it is decided; two keys that share no code must both agree before any byte leaves. With a cleared verdict, `contentUrl` serves the bytes and a cookie for it is set. A service reports a view that happened elsewhere with `viewerId`.
         *
         *     For anyone with a token.
         */
        post: operations["openView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/recordings/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take over a recording that a recorder left in a bucket
         * @description The object is read once at one version, hashed, and copied to where recordings are kept; no address is ever fetched. One that cannot show that it belongs to the consultation is kept in quarantine.
         *
         *     For callers with one of the roles: service.
         */
        post: operations["claimRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/consultations/{consultationId}/reschedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a consultation to another slot
         * @description Moves a consultation that is still booked to another start and end. The rules of a booking apply.
         *
         *     For anyone with a token.
         */
        post: operations["rescheduleConsultation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/erasure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for the erasure of a patient
         * @description Asks that every recording of the patient be made unreadable for good (GDPR, Article 17). A second officer approves it. Asked again, it is the one that is under way or done.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["requestErasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which ids are one person
         * @description Which ids were merged into this one, and which one it was merged into.
         *
         *     For callers with one of the roles: service, compliance.
         */
        get: operations["getPatientIdentity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take two ids of one person for one patient
         * @description Nothing moves: the surviving id sees everything under both, and each look says which id was used. Refused for ids that met in a consultation, and where one of them was merged already.
         *
         *     For callers with one of the roles: service, compliance.
         */
        post: operations["mergePatient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patients/{patientId}/unmerge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back that two ids are one person
         * @description From then on each id sees its own again. Transfers under way by the merge are cut, and every look meanwhile stays on record.
         *
         *     For callers with one of the roles: service, compliance.
         */
        post: operations["unmergePatient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people/{personId}/facts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the facts about a person
         * @description Answers the facts that are known of the person; names and addresses are keys.
         *
         *     For callers with one of the roles: service, compliance.
         */
        get: operations["getPersonFacts"];
        /**
         * State facts about a person
         * @description The system that knows staff and patients states what rules compare: names and addresses are kept as keys alone, never as text.
         *
         *     For callers with one of the roles: service.
         */
        put: operations["statePersonFacts"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people/{personId}/name": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask what a person is called
         * @description Asks the host app’s own system for the name of one person, where `CONSOLE_NAMES_URL` says which. That the caller asked is on record before the name leaves; the ledger keeps no name.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getPersonName"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/playback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the switch of all playback
         * @description Answers whether playback is halted, for every instance or for instances of single releases.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getPlayback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/playback/halt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Halt playback
         * @description Stops all playback on every instance, or on instances of one release of the ledger. Transfers under way are cut.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["haltPlayback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/playback/in-use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell what a halt would stop
         * @description Answers, in numbers, the open views and the transfers under way on all instances, or those of one release of the ledger, and of how many people they are. For a person who is about to halt it.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getPlaybackInUse"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/playback/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume playback
         * @description Lets recordings be played again, on every instance or on instances of one release.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["resumePlayback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reactors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the reactors
         * @description A reactor acts on events once they are in the ledger. Each is answered with how many events wait for it and how many it has parked.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listReactors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reactors/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one reactor
         * @description Answers how many events wait for this reactor and how many it has parked.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["getReactor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reactors/{name}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay parked events of a reactor
         * @description Events that the reactor could not act on were parked. Once their cause is fixed, this gives them to the reactor again, to be acted on like any other.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["replayReactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List releases
         * @description Answers a page of the releases of apps and of the ledger that were seen, those seen last first.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listReleases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{version}/exposure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what a release exposed
         * @description Compares a release with the one before it: how many people and recordings it showed and opened, and a page of those who take no part in them.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["getReleaseExposure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the rules beyond one patient
         * @description Answers every rule with its settings, how often it hit, how often it was confirmed, and the changes that were proposed.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        get: operations["listRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules/{name}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Propose a change of a rule
         * @description Proposes other settings for a rule. A second officer approves them.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["proposeRuleChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules/{name}/changes/{changeId}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a change of a rule
         * @description A second officer approves a change, which then holds for what happens from then on. No officer approves a change of their own.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["approveRuleChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules/{name}/changes/{changeId}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a change of a rule
         * @description Closes a proposed change without applying it.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["rejectRuleChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/viewers/{viewerId}/reinstate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reinstate a viewer
         * @description Ends the suspension of a person. Views that were revoked meanwhile stay revoked.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["reinstateViewer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/viewers/{viewerId}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspend a viewer
         * @description Keeps a person from viewing any recording, at once and on every instance; transfers under way are cut.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["suspendViewer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/views/{viewId}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Play a recording
         * @description Serves the bytes of a permitted view, whole or one range. Each part is proved and permitted by both keys again before it leaves; an event that takes the permit away cuts the transfer.
         *
         *     For anyone with a token, or with the cookie that came with this view.
         */
        get: operations["getViewContent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/views/{viewId}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke a view
         * @description Ends one view, at once and on every instance; a transfer under way is cut.
         *
         *     For callers with one of the roles: on-call, compliance.
         */
        post: operations["revokeView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Answers every webhook and how its receiver is doing, newest first. Secrets are not in it.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Register a webhook
         * @description Product events of the named types are sent to the address from now on, signed as Standard Webhooks say. The secret is answered here and at rotation alone.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["registerWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a webhook
         * @description Nothing is sent to the address any more.
         *
         *     For callers with one of the roles: compliance.
         */
        delete: operations["removeWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a webhook
         * @description Answers a page of messages to the webhook, newest first, with every attempt.
         *
         *     For callers with one of the roles: compliance.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery again
         * @description Sends the message again, with the same id.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["resendDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret of a webhook
         * @description Makes a new secret. Messages are signed with both for the overlap, and with the new one alone afterwards.
         *
         *     For callers with one of the roles: compliance.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Access: {
            appVersion: string;
            /** Format: date-time */
            at: string;
            /** @description a service by itself, and no person */
            automated: boolean;
            /** @description the release of the app that asked (`X-Client-Release`) */
            clientRelease?: string;
            consultationIds: string[];
            /**
             * @description to compliance alone: a hold keeps it from the patient now
             * @enum {boolean}
             */
            held?: true;
            /** @enum {string} */
            kind: "shown";
            patientId: string;
            /** @description why, in plain words, as far as the ledger knows */
            reason: string;
            recordingIds: string[];
            /** @description missing where `STAFF_DISCLOSURE` keeps the ids of staff from patients */
            viewerId?: string;
            viewerRoles: string[];
            /** @description `you`, or the role, a pseudonym for this patient alone, or the id of who it was */
            who: string;
        } | {
            appVersion: string;
            /** Format: date-time */
            at: string;
            /** @description a service by itself, and no person */
            automated: boolean;
            /** @description the release of the app that asked (`X-Client-Release`) */
            clientRelease?: string;
            consultationId: string;
            /**
             * @description to compliance alone: a hold keeps it from the patient now
             * @enum {boolean}
             */
            held?: true;
            /** @enum {string} */
            kind: "opened";
            patientId: string;
            /** @enum {string} */
            purpose: "treatment" | "patient-request" | "emergency" | "operations" | "review";
            /** @description why, in plain words, as far as the ledger knows */
            reason: string;
            /** @description null where a view was reported of a recording that is not filed there */
            recordingId: string | null;
            /** @enum {string} */
            severity?: "critical" | "review";
            /** @enum {string} */
            source: "mediated" | "witnessed";
            /** @enum {string} */
            verdict: "cleared" | "flagged" | "pending";
            /** @description missing where `STAFF_DISCLOSURE` keeps the ids of staff from patients */
            viewerId?: string;
            viewerRoles: string[];
            viewId: string;
            /** @description `you`, or the role, a pseudonym for this patient alone, or the id of who it was */
            who: string;
        } | {
            appVersion: string;
            /** Format: date-time */
            at: string;
            /** @description a service by itself, and no person */
            automated: boolean;
            /** @description the release of the app that asked (`X-Client-Release`) */
            clientRelease?: string;
            consultationId: string;
            /**
             * @description to compliance alone: a hold keeps it from the patient now
             * @enum {boolean}
             */
            held?: true;
            /** @enum {string} */
            kind: "refused";
            patientId: string;
            /**
             * @description missing where the content of a view was refused
             * @enum {string}
             */
            purpose?: "treatment" | "patient-request" | "emergency" | "operations" | "review";
            /** @description why, in plain words, as far as the ledger knows */
            reason: string;
            reasonCode: string;
            recordingId: string;
            /** @description missing where `STAFF_DISCLOSURE` keeps the ids of staff from patients */
            viewerId?: string;
            viewerRoles: string[];
            viewId: string;
            /** @description `you`, or the role, a pseudonym for this patient alone, or the id of who it was */
            who: string;
        } | {
            appVersion: string;
            /** Format: date-time */
            at: string;
            /** @description a service by itself, and no person */
            automated: boolean;
            /** @description of all transfers of the view */
            bytesServed: number;
            /** @description the release of the app that asked (`X-Client-Release`) */
            clientRelease?: string;
            consultationId: string;
            /**
             * @description to compliance alone: a hold keeps it from the patient now
             * @enum {boolean}
             */
            held?: true;
            /** @enum {string} */
            kind: "played";
            /** @description how the last transfer ended */
            outcome: string;
            patientId: string;
            /** @description which parts of the recording, inclusive and in its order */
            ranges: number[][];
            /** @description why, in plain words, as far as the ledger knows */
            reason: string;
            recordingId: string;
            /** @description missing where `STAFF_DISCLOSURE` keeps the ids of staff from patients */
            viewerId?: string;
            viewerRoles: string[];
            viewId: string;
            /** @description `you`, or the role, a pseudonym for this patient alone, or the id of who it was */
            who: string;
        } | {
            appVersion: string;
            /** Format: date-time */
            at: string;
            /** @description a service by itself, and no person */
            automated: boolean;
            /** @description the release of the app that asked (`X-Client-Release`) */
            clientRelease?: string;
            /**
             * @description to compliance alone: a hold keeps it from the patient now
             * @enum {boolean}
             */
            held?: true;
            /** @enum {string} */
            kind: "audited";
            /** @description the patient or the guardian that it was read for */
            onBehalfOf?: string;
            patientId: string;
            /** @description why, in plain words, as far as the ledger knows */
            reason: string;
            /** @description missing where `STAFF_DISCLOSURE` keeps the ids of staff from patients */
            viewerId?: string;
            viewerRoles: string[];
            /** @description `you`, or the role, a pseudonym for this patient alone, or the id of who it was */
            who: string;
        };
        AccessHold: {
            holdId: string;
            liftedBy?: string;
            patientId: string;
            placedBy: string;
            /** @enum {string} */
            reason: "law-enforcement" | "health-oversight" | "vital-interests";
            /** @enum {string} */
            request: "oral" | "written";
            /** @enum {string} */
            status: "in-force" | "over" | "lifted";
            /** Format: date-time */
            until: string;
            viewerId?: string;
        };
        AccessHoldPage: {
            items: components["schemas"]["AccessHold"][];
            next: string | null;
        };
        AccessHoldRequest: {
            /** @enum {string} */
            reason: "law-enforcement" | "health-oversight" | "vital-interests";
            /**
             * @description how it was asked for; by word of mouth it holds for 30 days at most (45 CFR 164.528(a)(2)(ii)), in writing for 366
             * @default oral
             * @enum {string}
             */
            request: "oral" | "written";
            /** Format: date-time */
            until: string;
            /** @description whose accesses are kept from the patient; without it those of everyone else */
            viewerId?: string;
        };
        AccessMonitor: {
            /** @description whether this instance judges views; another one may while it does not */
            available: boolean;
            parked: number;
            waiting: number;
        };
        AccessMonitorMinutes: {
            /** @description of the last hour, the oldest first, of all instances */
            minutes: {
                /** @description from the record of a view to that of its breach, which every screen is told of */
                alertMs: {
                    mean: number;
                    slowest: number;
                } | null;
                /** Format: date-time */
                at: string;
                cleared: number;
                flagged: number;
                /** @description from the record of a view to that of its verdict */
                verdictMs: {
                    mean: number;
                    slowest: number;
                } | null;
            }[];
            /**
             * Format: date-time
             * @description from when on this instance counts: its start
             */
            since: string;
        };
        AccessNotifications: {
            /** @description false: `ACCESS_NOTIFICATIONS_DEFAULT` stands */
            chosen: boolean;
            /** @description whether the patient is told at once of each access to their recordings */
            notify: boolean;
        };
        AccessNotificationsChoice: {
            notify: boolean;
        };
        AccessPage: {
            items: components["schemas"]["Access"][];
            next: string | null;
        };
        Assignment: {
            assigneeId: string;
        };
        Availability: {
            /** @description when a booking would be `slot-taken` */
            busy: {
                /** Format: date-time */
                end: string;
                /** Format: date-time */
                start: string;
            }[];
            clinicianId: string;
            /** @description the rest; the ledger knows no hours of work */
            free: {
                /** Format: date-time */
                end: string;
                /** Format: date-time */
                start: string;
            }[];
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
        };
        Awareness: {
            /**
             * Format: date-time
             * @description from when on the controller is aware of the breach
             */
            awareAt: string;
            /** @description why then, as a code */
            basis: string;
        };
        BackChannelLogout: {
            logout_token: string;
        };
        Backtest: {
            /** @description the newest event when it was asked for */
            asOf: number;
            auditorId: string;
            /** Format: uuid */
            backtestId: string;
            /** @description the first 10,000 */
            differences?: {
                after: {
                    rule?: string;
                    /** @enum {string} */
                    verdict: "cleared" | "flagged";
                } & {
                    [key: string]: unknown;
                };
                /** Format: date-time */
                at: string;
                before: {
                    rule?: string;
                    /** @enum {string} */
                    verdict: "cleared" | "flagged";
                } & {
                    [key: string]: unknown;
                };
                /** @enum {string} */
                change: "newly-flagged" | "no-longer-flagged" | "flagged-otherwise";
                consultationId?: string;
                patientId?: string;
                position: number;
                recordingId?: string;
                viewerId?: string;
                viewId?: string;
            }[];
            /** @description SHA-256 of the canonical JSON of `result` */
            digest?: string;
            from?: {
                [key: string]: unknown;
            };
            progress?: number;
            /** Format: date-time */
            requestedAt: string;
            result?: {
                against: string;
                byRule: {
                    after: number;
                    before: number;
                    rule: string;
                }[];
                /** @description of all differences, each as canonical JSON on a line */
                differences: string;
                emergencyPatients: number;
                events: number;
                flaggedOtherwise: number;
                from: number;
                newlyFlagged: number;
                noLongerFlagged: number;
                notJudged: {
                    reason: string;
                    views: number;
                }[];
                rules: string;
                to: number;
                views: number;
            };
            rules: string;
            /** @enum {string} */
            status: "running" | "finished" | "failed" | "interrupted";
            to?: {
                [key: string]: unknown;
            };
            why?: string;
        };
        BacktestRequest: {
            /** @description instead: a rule beyond one patient (`GET /v1/rules`) with other settings */
            change?: {
                rule: string;
                settings: components["schemas"]["RuleSettings"];
            };
            /** @description views from this time or position on are compared */
            from?: number | string;
            /** @description `current`, or `name@version` of rules that this build has */
            rules?: string;
            /** @description nothing later is looked at */
            to?: number | string;
        };
        Booking: {
            clinicianId: string;
            /** @enum {string} */
            medium: "video" | "audio" | "chat";
            /** Format: date-time */
            scheduledEnd: string;
            /** Format: date-time */
            scheduledStart: string;
        };
        Breach: {
            /** Format: date-time */
            acknowledgedAt?: string;
            appVersion: string;
            breachId: string;
            /** @description what left under the view; null while that is not known (a transfer without a recorded end, a view elsewhere) */
            bytesServed: number | null;
            /** @description no more than that can have left; null where not even the size of the recording is known */
            bytesServedAtMost: number | null;
            /** @description the release of the app that asked (`X-Client-Release`) */
            clientRelease?: string;
            /** Format: date-time */
            closedAt?: string;
            consultationId: string | null;
            /** Format: date-time */
            containedAt?: string;
            contentReleased: boolean;
            /** @description the drill that made it happen: it is no breach of any person’s data */
            drillId?: string;
            /** Format: date-time */
            flaggedAt: string;
            patientId: string | null;
            /** Format: date-time */
            patientNotifiedAt?: string;
            /** @enum {string|null} */
            purpose: "treatment" | "patient-request" | "emergency" | "operations" | "review" | null;
            recordingId: string | null;
            /** Format: date-time */
            regulatorNotifiedAt?: string;
            /** @enum {string} */
            resolution?: "handled" | "dismissed";
            rule: string;
            /** @enum {string} */
            severity: "critical" | "review";
            /** @enum {string|null} */
            source: "mediated" | "witnessed" | null;
            /** @enum {string} */
            status: "open" | "acknowledged" | "contained" | "closed";
            /** @description the steps that were taken, by whom, in order */
            steps: {
                actor: {
                    id: string;
                    roles: string[];
                };
                /** Format: date-time */
                at: string;
                reason?: string;
                type: string;
            }[];
            /** Format: date-time */
            viewedAt: string | null;
            viewerId: string | null;
        };
        BreachFile: {
            affected: {
                /** @description bytes of a view are not known: the figures are the least that left */
                approximate: boolean;
                bytesAtMost: number | null;
                bytesServed: number;
                clientReleases: string[];
                /** Format: date-time */
                firstAt: string;
                /** Format: date-time */
                lastAt: string;
                patientId: string;
                recordings: string[];
                releases: string[];
                /** @enum {string} */
                rung: "withheld" | "listed" | "opened" | "played";
                secondsPlayed: number;
                viewers: string[];
            }[];
            /**
             * Format: date-time
             * @description when that event was recorded: as of when the clocks are told
             */
            asOf: string;
            assessment: {
                factors: {
                    [key: string]: string;
                } | null;
                risk: string;
            } | null;
            breaches: {
                byRule: {
                    [key: string]: number;
                };
                total: number;
            };
            clocks: {
                ageMs?: number;
                basis?: string;
                clock: string;
                /**
                 * Format: date-time
                 * @description missing where the law gives no number
                 */
                dueAt?: string;
                /** @description false: chosen by a setting, and not the law on that day */
                inForce: boolean;
                /** @enum {boolean} */
                late?: true;
                /** Format: date-time */
                metAt?: string;
                source: string;
                /** Format: date-time */
                startedAt?: string;
                /** @enum {string} */
                status: "running" | "met" | "ran-out" | "not-applicable";
                title: string;
                toFill?: string;
                /** @description why it does not run */
                why?: string;
            }[];
            containments: {
                /** Format: date-time */
                at: string;
                policy: string | null;
                scope: string;
            }[];
            drafts: {
                /** @enum {string} */
                form: "edpb" | "gdpr-33" | "gdpr-34" | "ico" | "hhs" | "four-factors";
                sections: {
                    fields: {
                        label: string;
                        note?: string;
                        /** @enum {string} */
                        state: "known" | "to-fill" | "not-applicable";
                        value?: string;
                    }[];
                    title: string;
                }[];
                source: string;
                title: string;
            }[];
            drill: boolean;
            exposure: {
                approximate: boolean;
                byRung: {
                    listed: number;
                    opened: number;
                    played: number;
                    withheld: number;
                };
                bytesAtMost: number | null;
                bytesServed: number;
                clientReleases: string[];
                /** @description listed, opened or played */
                people: number;
                recordings: number;
                releases: string[];
                secondsPlayed: number;
                viewers: number;
                witnessedViews: number;
            };
            /** @description what could not be read: without it the file is not complete */
            faults: string[];
            incidentId: string;
            key: string;
            /** @enum {string} */
            kind: "release" | "viewer" | "patient" | "rule" | "drill" | "operations";
            mergedInto: string | null;
            notices: {
                authorities: {
                    /** Format: date-time */
                    at: string;
                    authority: string;
                    phase: string;
                    reference: string | null;
                }[];
                people: {
                    /** Format: date-time */
                    at: string;
                    count: number;
                }[];
            };
            /** @description as of which event of the ledger */
            position: number;
            resolutions: ("confirmed" | "authorised" | "explained" | "false-positive" | "drill")[];
            /** @enum {string} */
            severity: "critical" | "review";
            /** @enum {string} */
            status: "new" | "acknowledged" | "investigating" | "contained" | "notifying" | "closed" | "merged";
            timeline: {
                /** Format: date-time */
                acknowledgedAt: string | null;
                /** Format: date-time */
                closedAt: string | null;
                /** Format: date-time */
                containedAt: string | null;
                /** Format: date-time */
                firstExposureAt: string | null;
                /** Format: date-time */
                firstFlaggedAt: string | null;
                /** Format: date-time */
                lastByteAt: string | null;
                /** Format: date-time */
                openedAt: string;
                /** Format: date-time */
                pagedAt: string | null;
                timeToAcknowledgeMs: number | null;
                timeToContainMs: number | null;
                timeToDetectMs: number | null;
                timeToPageMs: number | null;
            };
            withheld: {
                /** @description bytes of a view are not known: the figures are the least that left */
                approximate: boolean;
                bytesAtMost: number | null;
                bytesServed: number;
                clientReleases: string[];
                /** Format: date-time */
                firstAt: string;
                /** Format: date-time */
                lastAt: string;
                patientId: string;
                recordings: string[];
                releases: string[];
                /** @enum {string} */
                rung: "withheld" | "listed" | "opened" | "played";
                secondsPlayed: number;
                viewers: string[];
            }[];
        };
        BreachFileVersions: {
            items: {
                /**
                 * Format: date-time
                 * @description when it was given
                 */
                at: string;
                /** @enum {string} */
                format: "json" | "csv" | "pdf";
                /** @description as of which event of the ledger: the version of the file */
                position: number;
                /** @description to whom */
                readerId: string;
            }[];
        };
        BreachPage: {
            items: components["schemas"]["Breach"][];
            next: string | null;
        };
        BreachRegister: {
            items: {
                clocks: {
                    ageMs?: number;
                    basis?: string;
                    clock: string;
                    /**
                     * Format: date-time
                     * @description missing where the law gives no number
                     */
                    dueAt?: string;
                    /** @description false: chosen by a setting, and not the law on that day */
                    inForce: boolean;
                    /** @enum {boolean} */
                    late?: true;
                    /** Format: date-time */
                    metAt?: string;
                    source: string;
                    /** Format: date-time */
                    startedAt?: string;
                    /** @enum {string} */
                    status: "running" | "met" | "ran-out" | "not-applicable";
                    title: string;
                    toFill?: string;
                    /** @description why it does not run */
                    why?: string;
                }[];
                complete: boolean;
                effects: {
                    approximate: boolean;
                    bytesAtMost: number | null;
                    bytesServed: number;
                    people: number;
                    recordings: number;
                    risk: string | null;
                    viewers: number;
                };
                facts: {
                    breaches: number;
                    /** Format: date-time */
                    firstFlaggedAt: string | null;
                    /** @enum {string} */
                    kind: "release" | "viewer" | "patient" | "rule" | "drill" | "operations";
                    releases: string[];
                    rules: string[];
                    /** @enum {string} */
                    severity: "critical" | "review";
                    /** @enum {string} */
                    status: "new" | "acknowledged" | "investigating" | "contained" | "notifying" | "closed" | "merged";
                };
                incidentId: string;
                /** Format: date-time */
                openedAt: string;
                remedialAction: {
                    authoritiesNotified: {
                        /** Format: date-time */
                        at: string;
                        authority: string;
                        phase: string;
                    }[];
                    /** Format: date-time */
                    closedAt: string | null;
                    containments: {
                        /** Format: date-time */
                        at: string;
                        scope: string;
                    }[];
                    peopleNotified: {
                        /** Format: date-time */
                        at: string;
                        count: number;
                    }[];
                    resolutions: ("confirmed" | "authorised" | "explained" | "false-positive" | "drill")[];
                };
            }[];
            next: string | null;
        };
        BreachStep: {
            /** @description a code, kept with the step */
            reason?: string;
        };
        Cancellation: {
            reasonCode: string;
        };
        Consent: {
            given: boolean;
            personId?: string;
        };
        ConsoleSession: {
            /**
             * Format: date-time
             * @description when it ends, whatever is done in it
             */
            expiresAt: string;
            /**
             * Format: date-time
             * @description when it ends, if nothing is done in it
             */
            idleUntil: string;
            /**
             * @description names of people can be asked for (`CONSOLE_NAMES_URL`)
             * @enum {boolean}
             */
            names?: true;
            personId: string;
            roles: ("patient" | "clinician" | "service" | "on-call" | "compliance" | "siem")[];
            /** Format: date-time */
            signedInAt: string;
            /** @enum {string} */
            signIn: "development" | "issuer";
        };
        Consultation: {
            clinicianId: string;
            consultationId: string;
            /** @enum {string} */
            medium: "video" | "audio" | "chat";
            participants: {
                /** @enum {string} */
                capacity: "patient" | "clinician" | "guardian" | "interpreter" | "specialist" | "trainee" | "observer";
                personId: string;
            }[];
            patientId: string;
            recordings: {
                bytes: number;
                contentType: string;
                durationSeconds: number | null;
                /**
                 * @description why it was erased: the patient was, or its time was over; missing where compliance erased it for a reason of its own
                 * @enum {string}
                 */
                erasedFor?: "subject-erasure" | "retention";
                recordingId: string;
                /** @enum {string} */
                state: "available" | "quarantined" | "erased";
            }[];
            revision: number;
            /** Format: date-time */
            scheduledEnd: string;
            /** Format: date-time */
            scheduledStart: string;
            /** @enum {string} */
            status: "booked" | "completed" | "cancelled" | "missed";
        };
        ConsultationPage: {
            items: components["schemas"]["ListedConsultation"][];
            next: string | null;
            revision?: number;
        };
        Containment: {
            /**
             * @description say what it would stop, and stop nothing
             * @default false
             */
            preview: boolean;
            reason?: string;
            /**
             * @description all views of the incident; beside them its viewers are suspended, its recordings quarantined, its releases halted, or all of it
             * @enum {string}
             */
            scope: "views" | "viewer" | "recording" | "release" | "all";
        };
        ContainmentOutcome: {
            /** @description as it is now; missing in a preview */
            incident?: components["schemas"]["ListedIncident"];
            preview: boolean;
            /** @description what it stopped or, as a preview, would stop */
            stopped: components["schemas"]["Stopped"];
        };
        Custody: {
            consultationId: string;
            recordingId: string;
            revision: number;
            /** @enum {string} */
            state: "available" | "quarantined" | "erased";
        };
        Delivery: {
            attempts: number;
            /** @description what the receiver is told as `webhook-id` */
            deliveryId: string;
            /**
             * Format: date-time
             * @description when the next attempt may be made
             */
            dueAt?: string;
            eventId: string;
            /** @description its latest attempts, at most 20 */
            latest: {
                /** Format: date-time */
                beganAt: string;
                code?: string;
                /** Format: date-time */
                endedAt: string;
                number: number;
                /** @enum {string} */
                outcome: "taken" | "refused" | "failed";
                status?: number;
                why?: string;
            }[];
            /** Format: date-time */
            queuedAt: string;
            /** @enum {string} */
            state: "due" | "delivered" | "given-up";
            subject: string;
            type: string;
        };
        DeliveryPage: {
            items: components["schemas"]["Delivery"][];
            next: string | null;
        };
        DevelopmentSignIn: {
            /** @description without it `on-call-1`, `officer-1` or `pat-1` */
            personId?: string;
            /** @enum {string} */
            role: "on-call" | "compliance" | "patient";
        };
        Drill: {
            /** Format: date-time */
            begunAt?: string;
            begunBy?: string;
            drillId: string;
            limitMinutes: number;
            patients: number;
            report?: {
                acknowledgementSeconds?: number;
                /** Format: date-time */
                at: string;
                /** @description how long its breach file took to make */
                breachFileMs?: number;
                /** @description of recordings whose content could be fetched */
                bytesLeaked: number;
                containmentSeconds?: number;
                /** @description from a view to its breach, the slowest */
                detectionMs?: number;
                /** @description consultations that the second key kept out of an answer */
                egressPrevented: number;
                flagged: number;
                incidentId?: string;
                /** @description from the incident to its first page */
                pageMs?: number;
                /** @description why it failed */
                reasons: string[];
                views: number;
            };
            /** Format: date-time */
            requestedAt: string;
            requestedBy: string;
            /** @enum {string} */
            status: "requested" | "running" | "passed" | "failed";
            /**
             * Format: date-time
             * @description when it is reported, whatever has happened by then
             */
            until?: string;
            /** @description once they were asked for */
            views?: {
                /**
                 * @description what the second key did
                 * @enum {string}
                 */
                outcome: "withheld" | "opened" | "unanswered";
                patientId: string;
                recordingId: string;
                /** @description of its breach, too */
                viewId: string;
            }[];
        };
        DrillPage: {
            items: components["schemas"]["Drill"][];
            next: string | null;
        };
        /** @default {} */
        DrillRequest: {
            /**
             * @description within which it has to be paged and acknowledged once it is begun
             * @default 60
             */
            limitMinutes: number;
            /**
             * @description synthetic patients, with a recording each
             * @default 3
             */
            patients: number;
        };
        ErasedRecording: {
            consultationId: string;
            /** @description false: the store was away, and the bytes go with the next sweep */
            objectRemoved: boolean;
            recordingId: string;
            revision: number;
            /** @enum {string} */
            state: "available" | "quarantined" | "erased";
        };
        Erasure: {
            /** Format: date-time */
            approvedAt?: string;
            approvedBy?: string;
            /**
             * Format: date-time
             * @description until then it can be cancelled
             */
            beginsAt?: string;
            /**
             * Format: date-time
             * @description from then on nothing of the patient’s recordings is played
             */
            begunAt?: string;
            /** Format: date-time */
            cancelledAt?: string;
            cancelledBy?: string;
            cancelReason?: string;
            /** @description SHA-256 of the certificate */
            digest?: string;
            /** Format: date-time */
            erasedAt?: string;
            erasureId: string;
            /**
             * Format: date-time
             * @description when the last back-up that can hold one of the keys is to be gone
             */
            keyBackupsUntil?: string;
            /** @description how many keys were destroyed */
            keys?: number;
            patientId: string;
            reason: string;
            /** @description how many recordings there were */
            recordings?: number;
            /** Format: date-time */
            requestedAt: string;
            requestedBy: string;
            /** @enum {string} */
            status: "requested" | "approved" | "cancelled" | "begun" | "erased";
        };
        ErasureCancellation: {
            /** @description a code, never a text: `legal-claim`, `wrong-patient` */
            reason: string;
        };
        ErasureCertificate: {
            /** Format: date-time */
            approvedAt: string;
            approvedBy: string;
            /** Format: date-time */
            begunAt: string;
            /** @description SHA-256 of the other fields as JSON, in this order and without white space */
            digest: string;
            /** Format: date-time */
            erasedAt: string;
            erasureId: string;
            /** Format: date-time */
            keyBackupsUntil: string;
            /** @description every key of the patient; each was destroyed */
            keyIds: string[];
            patientId: string;
            reason: string;
            /** @description every recording that the patient ever had; one that is not sealed is in clear in back-ups of recordings */
            recordings: {
                recordingId: string;
                sealed: boolean;
            }[];
            /** Format: date-time */
            requestedAt: string;
            requestedBy: string;
        };
        ErasurePage: {
            items: components["schemas"]["Erasure"][];
            next: string | null;
        };
        ErasureRequest: {
            /** @description a code, never a text: `consent-withdrawn`, `objection`, `unlawful` */
            reason: string;
        };
        Escalation: {
            channels: {
                code?: string;
                kind: string;
                name: string;
                /** Format: date-time */
                since?: string;
                /**
                 * @description as far as this instance has tried it
                 * @enum {string}
                 */
                state: "healthy" | "failing";
                status?: number;
                why?: string;
            }[];
            /** @description the next step of each incident that is followed, the soonest first; at most 1,000 */
            due: {
                /** Format: date-time */
                at: string;
                incidentId: string;
            }[];
            policy: {
                acknowledgementMs: number;
                autoContainment: {
                    afterMs: number;
                    breaches: number;
                    kinds: string[];
                    withinMs: number;
                } | null;
                critical: {
                    afterMs: number;
                    targets: string[];
                }[];
                groupWindowMs: number;
                loops: number;
                name: string;
                remindEveryMs: number;
                repeatAfterMs: number;
                review: {
                    quietHours: {
                        from: string;
                        timeZone: string;
                        to: string;
                    } | null;
                    targets: string[];
                };
                targets: {
                    channels: string[];
                    ifFails: string[];
                    name: string;
                    schedule?: string;
                }[];
            };
        };
        Export: {
            approvedBy?: string;
            asOf: number;
            bytes?: number;
            cancelledBy?: string;
            /** @description while the file can be fetched */
            contentUrl?: string;
            downloads: number;
            /** Format: date-time */
            expiresAt?: string;
            exportId: string;
            /** @description the question as it was understood */
            filter: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            format: "csv" | "ndjson" | "parquet" | "fhir" | "accounting";
            /** @description rows that a hold kept out of an accounting when it was made */
            heldRows?: number;
            /** Format: date-time */
            madeAt?: string;
            needsApproval: boolean;
            /** @description patients whose history is in it */
            people: number;
            /** @description while this instance makes it */
            progress?: {
                of: number;
                rows: number;
            };
            /** @enum {string} */
            purpose: "audit" | "patient-request" | "operations" | "treatment" | "legal" | "oversight" | "public-health" | "research";
            /** @description why it failed */
            reason?: string;
            /** @description its name is `[erased]` where the officer who asked was erased, `[not readable now]` while their key is away */
            recipient?: {
                address?: string;
                name: string;
            };
            /** Format: date-time */
            requestedAt: string;
            requestedBy: string;
            /** @description as counted when it was asked for */
            rows: number;
            sha256?: string;
            /** @enum {string} */
            status: "awaiting-approval" | "queued" | "made" | "failed" | "cancelled" | "expired";
        };
        ExportPage: {
            items: components["schemas"]["Export"][];
            next: string | null;
        };
        ExportRequest: {
            /** @description a time or a position of the log; the newest event without it */
            asOf?: number | string;
            /** @description as of `GET /v1/access-history`; an accounting takes `patientId`, `from` and `to` */
            filter?: {
                consultationId?: string;
                /** @description whether the viewer took part in the consultation then; of rows shown, opened and played alone */
                entitled?: boolean | string;
                /**
                 * Format: date-time
                 * @description recorded then or later
                 */
                from?: string;
                kind?: ("shown" | "opened" | "refused" | "played" | "cleared" | "flagged" | "revoked" | "suspended" | "reinstated" | "probing" | "egress-prevented" | "halted" | "resumed" | "quarantined" | "released" | "erased" | "read" | "exported" | "audited" | "unreadable" | "created" | "changed")[];
                patientId?: string;
                /** @enum {string} */
                purpose?: "treatment" | "patient-request" | "emergency" | "operations" | "review";
                recordingId?: string;
                /** @description of the app that asked or of the ledger that served */
                release?: string;
                /** @enum {string} */
                severity?: "critical" | "review";
                /**
                 * Format: date-time
                 * @description recorded before
                 */
                to?: string;
                /**
                 * @description as it was known at `asOf`
                 * @enum {string}
                 */
                verdict?: "cleared" | "flagged" | "pending";
                viewerId?: string;
            };
            /** @enum {string} */
            format: "csv" | "ndjson" | "parquet" | "fhir" | "accounting";
            /** @enum {string} */
            purpose: "audit" | "patient-request" | "operations" | "treatment" | "legal" | "oversight" | "public-health" | "research";
            /** @description whom it is for, outside of the organisation: recorded as a disclosure of every patient in it */
            recipient?: {
                address?: string;
                name: string;
            };
        };
        Exposed: {
            bytesServed: number;
            emergencies: number;
            /** Format: date-time */
            firstAt: string | null;
            /** Format: date-time */
            lastAt: string | null;
            opened: {
                patients: number;
                viewers: number;
            };
            patients: number;
            played: {
                patients: number;
                viewers: number;
            };
            recordings: number;
            secondsPlayed: number;
            shown: {
                patients: number;
                viewers: number;
            };
            viewers: number;
            witnessed: number;
        };
        ExposureDifference: {
            bytesServed: number;
            emergencies: number;
            opened: {
                patients: number;
                viewers: number;
            };
            patients: number;
            played: {
                patients: number;
                viewers: number;
            };
            recordings: number;
            secondsPlayed: number;
            shown: {
                patients: number;
                viewers: number;
            };
            viewers: number;
            witnessed: number;
        };
        HistoryPage: {
            items: components["schemas"]["HistoryRow"][];
            next: string | null;
        };
        HistoryRow: {
            /** @description who did it */
            actorId?: string;
            appVersion?: string;
            /** Format: date-time */
            at: string;
            breachId?: string;
            bytesServed?: number;
            /** @description the app that the token of the actor was issued to */
            clientId?: string;
            clientRelease?: string;
            consultationId?: string;
            contentReleased?: boolean;
            eventId: string;
            exportId?: string;
            /** @enum {string} */
            kind: "shown" | "opened" | "refused" | "played" | "cleared" | "flagged" | "revoked" | "suspended" | "reinstated" | "probing" | "egress-prevented" | "halted" | "resumed" | "quarantined" | "released" | "erased" | "read" | "exported" | "audited" | "unreadable" | "created" | "changed";
            /** Format: date-time */
            occurredAt?: string;
            outcome?: string;
            /** @description which of the event’s rows it is */
            part: number;
            patientId?: string;
            position: number;
            /** @enum {string} */
            purpose?: "treatment" | "patient-request" | "emergency" | "operations" | "review";
            reason?: string;
            /** @description whom an export was made for, outside of the organisation */
            recipient?: string;
            recipientAddress?: string;
            recordingId?: string;
            /** @description what a list showed of the consultation */
            recordingIds?: string[];
            revision: number;
            rule?: string;
            secondsPlayed?: number;
            /** @enum {string} */
            severity?: "critical" | "review";
            /** @enum {string} */
            source?: "mediated" | "witnessed";
            stream: string;
            /**
             * @description of an opened row, by `rules`; unknown where the evidence is not believed, or there is none
             * @enum {string}
             */
            verdictNow?: "cleared" | "flagged" | "unknown";
            /** @enum {string} */
            verdictThen?: "cleared" | "flagged" | "pending";
            viewerId?: string;
            viewerRoles?: string[];
            viewId?: string;
        };
        Incident: {
            /** Format: date-time */
            acknowledgedAt?: string;
            acknowledgedBy?: string;
            acknowledgedVia?: string;
            assigneeId?: string;
            breaches: number;
            /** @description what left under its views; null while that is not known of one of them, or not of so many */
            bytesServed: number | null;
            /** @description the clocks of the law as they stand now, by the people of its breaches */
            clocks: {
                ageMs?: number;
                basis?: string;
                clock: string;
                /**
                 * Format: date-time
                 * @description missing where the law gives no number
                 */
                dueAt?: string;
                /** @description false: chosen by a setting, and not the law on that day */
                inForce: boolean;
                /** @enum {boolean} */
                late?: true;
                /** Format: date-time */
                metAt?: string;
                source: string;
                /** Format: date-time */
                startedAt?: string;
                /** @enum {string} */
                status: "running" | "met" | "ran-out" | "not-applicable";
                title: string;
                toFill?: string;
                /** @description why it does not run */
                why?: string;
            }[];
            clocksRanOut: string[];
            /** Format: date-time */
            closedAt?: string;
            /** Format: date-time */
            containedAt?: string;
            drillId?: string;
            /** @description steps of the policy that were taken */
            escalations: number;
            incidentId: string;
            /** @description what its breaches have in common */
            key: string;
            /** @enum {string} */
            kind: "release" | "viewer" | "patient" | "rule" | "drill" | "operations";
            mergedInto?: string;
            /** Format: date-time */
            nextEscalationAt?: string;
            /** Format: date-time */
            openedAt: string;
            /** @description patients whose data it is about */
            people: number;
            reason?: string;
            releases: string[];
            /** @enum {string} */
            resolution?: "confirmed" | "authorised" | "explained" | "false-positive" | "drill";
            rules: string[];
            /** @enum {string} */
            severity: "critical" | "review";
            splitFrom?: string;
            /** @enum {string} */
            status: "new" | "acknowledged" | "investigating" | "contained" | "notifying" | "closed" | "merged";
            /** @description its events and steps in order; its breaches are listed at `/breaches` */
            timeline: {
                actor: {
                    id: string;
                    roles: string[];
                };
                /** Format: date-time */
                at: string;
                /** @description codes, counts and times; the text of a note, `[erased]` where its author was erased, `[not readable now]` while its key is away */
                data: {
                    [key: string]: unknown;
                };
                type: string;
            }[];
            viewers: number;
        };
        IncidentBreach: {
            appVersion: string;
            breachId: string;
            /** @description what left under the view; null while that is not known (a transfer without a recorded end, a view elsewhere) */
            bytesServed?: number | null;
            consultationId?: string | null;
            contentReleased?: boolean;
            /** Format: date-time */
            flaggedAt?: string;
            incidentId: string;
            patientId?: string;
            /** @enum {string|null} */
            purpose?: "treatment" | "patient-request" | "emergency" | "operations" | "review" | null;
            recordingId?: string;
            /** @enum {string} */
            resolution?: "handled" | "dismissed";
            rule: string;
            /** @enum {string} */
            severity: "critical" | "review";
            /** @enum {string} */
            status?: "open" | "acknowledged" | "contained" | "closed";
            /** Format: date-time */
            viewedAt?: string | null;
            viewerId?: string;
        };
        IncidentBreachPage: {
            items: components["schemas"]["IncidentBreach"][];
            next: string | null;
        };
        IncidentClosing: {
            /** @default [] */
            except: {
                breachId: string;
                /** @enum {string} */
                resolution: "confirmed" | "authorised" | "explained" | "false-positive" | "drill";
            }[];
            /**
             * @description of every breach that is not among the exceptions
             * @enum {string}
             */
            resolution: "confirmed" | "authorised" | "explained" | "false-positive" | "drill";
        };
        IncidentMerge: {
            into: string;
        };
        IncidentNote: {
            /** @description what the note is about; the only part of it that pages, logs and metrics may show */
            code: string;
            /** @description for the desk alone */
            text?: string;
        };
        IncidentNotification: {
            authority: string;
            /** @enum {string} */
            phase: "initial" | "further" | "final";
            /** @description the authority’s own */
            reference?: string;
            /** @enum {string} */
            who: "authority";
        } | {
            count: number;
            /** @description SHA-256 of the list of those who were told */
            digest?: string;
            /** @enum {string} */
            who: "people";
        };
        IncidentPage: {
            items: components["schemas"]["ListedIncident"][];
            next: string | null;
        };
        IncidentReopening: {
            reason: string;
        };
        IncidentSplit: {
            breachIds: string[];
        };
        Invitation: {
            /** @enum {string} */
            capacity: "guardian" | "interpreter" | "specialist" | "trainee" | "observer";
            personId: string;
        };
        Joining: {
            /** @description one of several devices of this person, as the app or the media server calls it */
            deviceId?: string;
            mediaSessionId: string;
            personId?: string;
        };
        Justification: {
            breachId: string;
            consultationId: string;
            patientId: string;
            /** @enum {string} */
            purpose: "treatment" | "patient-request" | "emergency" | "operations" | "review";
            /** @description `[erased]` where the patient was erased */
            reason: string;
            recordingId: string;
            viewerId: string;
            viewerRoles: string[];
        };
        Leaving: {
            /** @description one of several devices of this person, as the app or the media server calls it */
            deviceId?: string;
            personId?: string;
        };
        ListedConsultation: {
            clinicianId: string;
            consultationId: string;
            /** @enum {string} */
            medium: "video" | "audio" | "chat";
            participants: {
                /** @enum {string} */
                capacity: "patient" | "clinician" | "guardian" | "interpreter" | "specialist" | "trainee" | "observer";
                personId: string;
            }[];
            patientId: string;
            recordings: {
                bytes: number;
                contentType: string;
                durationSeconds: number | null;
                /**
                 * @description why it was erased: the patient was, or its time was over; missing where compliance erased it for a reason of its own
                 * @enum {string}
                 */
                erasedFor?: "subject-erasure" | "retention";
                recordingId: string;
                /** @enum {string} */
                state: "available" | "quarantined" | "erased";
            }[];
            /** Format: date-time */
            scheduledEnd: string;
            /** Format: date-time */
            scheduledStart: string;
            /** @enum {string} */
            status: "booked" | "completed" | "cancelled" | "missed";
        };
        ListedIncident: {
            /** Format: date-time */
            acknowledgedAt?: string;
            acknowledgedBy?: string;
            acknowledgedVia?: string;
            assigneeId?: string;
            breaches: number;
            /** @description what left under its views; null while that is not known of one of them, or not of so many */
            bytesServed: number | null;
            clocksRanOut: string[];
            /** Format: date-time */
            closedAt?: string;
            /** Format: date-time */
            containedAt?: string;
            drillId?: string;
            /** @description steps of the policy that were taken */
            escalations: number;
            incidentId: string;
            /** @description what its breaches have in common */
            key: string;
            /** @enum {string} */
            kind: "release" | "viewer" | "patient" | "rule" | "drill" | "operations";
            mergedInto?: string;
            /** Format: date-time */
            nextEscalationAt?: string;
            /** Format: date-time */
            openedAt: string;
            /** @description patients whose data it is about */
            people: number;
            reason?: string;
            releases: string[];
            /** @enum {string} */
            resolution?: "confirmed" | "authorised" | "explained" | "false-positive" | "drill";
            rules: string[];
            /** @enum {string} */
            severity: "critical" | "review";
            splitFrom?: string;
            /** @enum {string} */
            status: "new" | "acknowledged" | "investigating" | "contained" | "notifying" | "closed" | "merged";
            viewers: number;
        };
        LiveKitWebhook: {
            [key: string]: unknown;
        };
        Liveness: {
            /** @enum {string} */
            status: "ok";
        };
        MediaMessage: {
            [key: string]: unknown;
        };
        NoShow: {
            /** @enum {string} */
            by: "patient" | "clinician";
        };
        Nothing: Record<string, never>;
        OnCallSchedules: {
            schedules: {
                name: string;
                /** @description who is on call now */
                personId: string | null;
                /** @description from now on, for four weeks */
                shifts: {
                    /** Format: date-time */
                    from: string;
                    /** @description null: no person is on call */
                    personId: string | null;
                    /** Format: date-time */
                    to: string;
                }[];
                timeZone: string;
            }[];
        };
        PagerDutyEvent: {
            event: {
                agent?: {
                    id: string;
                    type: string;
                } | null;
                data: {
                    incident_key?: string | null;
                };
                event_type: string;
                id: string;
                /** Format: date-time */
                occurred_at: string;
            };
        };
        PagingTest: {
            /** @description the answer of each receiver */
            channels: {
                channel: string;
                code?: string;
                kind: string;
                /** @enum {string} */
                outcome: "taken" | "refused" | "failed";
                status?: number;
                why?: string;
            }[];
            /** @description the `dedup_key`, subject or reference of the page */
            testId: string;
        };
        PatientIdentity: {
            /** @description the ids that were merged into this one */
            merged: string[];
            /** @description the id that survives this one; null where this one does */
            mergedInto: string | null;
            patientId: string;
            revision: number;
        };
        PatientMerge: {
            /** @description the id under which this person is known from now on */
            survivingPatientId: string;
        };
        PatientUnmerge: {
            reason: string;
            /** @description the id under which this person is known from now on */
            survivingPatientId: string;
        };
        Person: {
            /** Format: date-time */
            asOf: string;
            /** @description of a person who was erased, those of staff alone */
            facts: {
                asPatientId?: string;
                /** Format: date-time */
                deceasedAt?: string;
                /** Format: date-time */
                dischargedAt?: string;
                employment?: {
                    departmentKey?: string;
                    employeeId?: string;
                    /** Format: date-time */
                    endedAt?: string;
                    managerId?: string;
                    /** Format: date-time */
                    startedAt?: string;
                };
                guardianOf?: string[];
                householdKey?: string;
                kinOf?: string[];
                streetKey?: string;
                surnameKey?: string;
                /** @enum {string} */
                surnameShare?: "rare" | "uncommon" | "common";
                /** @enum {number} */
                vip?: 0 | 1 | 2;
            };
            personId: string;
        };
        PersonFactsStatement: {
            /**
             * Format: date-time
             * @description when the facts were so
             */
            asOf: string;
            facts: {
                asPatientId?: string;
                /** Format: date-time */
                deceasedAt?: string;
                /** Format: date-time */
                dischargedAt?: string;
                employment?: {
                    departmentKey?: string;
                    employeeId?: string;
                    /** Format: date-time */
                    endedAt?: string;
                    managerId?: string;
                    /** Format: date-time */
                    startedAt?: string;
                };
                guardianOf?: string[];
                /** @description the same text for all of a household; kept as a key alone */
                household?: string;
                householdKey?: string;
                kinOf?: string[];
                /** @description street, number and place; kept as a key alone */
                street?: string;
                streetKey?: string;
                /** @description kept as a key alone */
                surname?: string;
                surnameKey?: string;
                /**
                 * @description `rare`: of at most 0.1 % of people; `uncommon`: at most 1 %; `common`
                 * @enum {string}
                 */
                surnameShare?: "rare" | "uncommon" | "common";
                /** @enum {number} */
                vip?: 0 | 1 | 2;
            };
        };
        PersonName: {
            name: string;
            personId: string;
        };
        Playback: {
            /** @description on every instance */
            halted: boolean;
            /** @description releases whose instances play nothing */
            releases: string[];
        };
        PlaybackInUse: {
            patients: number;
            /**
             * Format: date-time
             * @description from when on this instance counts: its start; what began before is not counted
             */
            since: string;
            /** @description under way */
            transfers: number;
            viewers: number;
            /** @description permitted by both keys, and not over */
            views: number;
        };
        PlaybackSwitch: {
            reason: string;
            /** @description only instances of this release of the ledger */
            release?: string;
        };
        /** @description RFC 9457. Programs go by `code`; the texts are for people and may change. */
        Problem: {
            /** @enum {string} */
            code: "bad-request" | "validation-failed" | "digest-invalid" | "digest-missing" | "digest-mismatch" | "upload-incomplete" | "unauthenticated" | "stronger-sign-in-needed" | "forbidden" | "step-up-needed" | "view-refused" | "view-withheld" | "claim-not-allowed" | "own-case" | "viewer-suspended" | "route-not-found" | "patient-not-found" | "consultation-not-found" | "participant-not-found" | "recording-not-found" | "view-not-found" | "backtest-not-found" | "breach-not-found" | "incident-not-found" | "drill-not-found" | "export-not-found" | "erasure-not-found" | "hold-not-found" | "release-not-found" | "reactor-not-found" | "person-not-found" | "name-not-found" | "rule-not-found" | "rule-change-not-found" | "webhook-not-found" | "delivery-not-found" | "not-acceptable" | "request-timeout" | "upload-stalled" | "backtest-under-way" | "slot-taken" | "consultation-closed" | "consultation-not-due" | "already-a-participant" | "participant-required" | "participant-joined" | "consent-missing" | "claimed-object-differs" | "device-needed" | "merge-refused" | "media-session-taken" | "patient-busy" | "clinician-unknown" | "too-many-bookings" | "too-many-webhooks" | "rule-change-closed" | "rule-change-empty" | "backtest-needed" | "containment-needed" | "export-not-ready" | "export-closed" | "breach-closed" | "incident-closed" | "incident-change-refused" | "drill-closed" | "erasure-closed" | "erasure-not-done" | "erasure-needs-keys" | "patient-erased" | "export-expired" | "recording-erased" | "keys-destroyed" | "view-expired" | "view-revoked" | "content-suspended" | "revision-mismatch" | "body-too-large" | "uri-too-long" | "unsupported-media-type" | "content-type-mismatch" | "range-not-satisfiable" | "idempotency-key-reused" | "recording-quarantined" | "too-many-uploads" | "rate-limited" | "headers-too-large" | "recording-corrupt" | "export-corrupt" | "egress-violation" | "internal-error" | "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "history-unavailable" | "rules-unavailable" | "backtest-store-unavailable" | "export-store-unavailable" | "people-facts-unavailable" | "names-unavailable" | "media-unavailable" | "media-server-unavailable" | "claim-store-unavailable" | "webhooks-unavailable" | "paging-unavailable" | "min-revision-unavailable" | "recording-store-unavailable" | "keys-unavailable" | "monitor-unavailable" | "playback-halted" | "identity-provider-unavailable" | "sign-in-unavailable" | "not-ready";
            detail: string;
            /** @description every bad field, with `validation-failed`; every failed part, with `not-ready` */
            errors?: {
                message: string;
                path: string;
            }[];
            /** @description the path asked for */
            instance: string;
            /**
             * @description how a person signs in to the console, where there is no session
             * @enum {string}
             */
            signIn?: "development" | "issuer";
            status: number;
            title: string;
            /** Format: uri */
            type: string;
        };
        Provenance: {
            bytes: number;
            /** @description who is booked */
            clinicianId: string;
            /** @description whether the patient agrees to be recorded, by now */
            consent: boolean;
            consultationId: string;
            contentType: string;
            durationSeconds: number | null;
            /** @description who took part and joined that session while the consultation was open: two of them prove that it belongs here */
            joined: {
                /** @enum {string} */
                capacity: "patient" | "clinician" | "guardian" | "interpreter" | "specialist" | "trainee" | "observer";
                personId: string;
            }[];
            /** @description the media session that it was made in */
            mediaSessionId: string;
            patientId: string;
            recordingId: string;
            /** @description of the patient’s stream when this was read */
            revision: number;
            sha256: string;
            /** @enum {string} */
            state: "available" | "quarantined" | "erased";
            /** @description what the recording and its consultation went through, the oldest first; one that was claimed from a bucket says so */
            steps: components["schemas"]["ProvenanceStep"][];
            /** @description whether its container says that bytes are missing at its end */
            truncated: boolean;
            /** @description who filed it, or the service that did */
            uploadedBy: string;
        };
        ProvenanceStep: {
            /** @description the release of the ledger that recorded it */
            appVersion: string;
            /** Format: date-time */
            at: string;
            /** @description the recorder’s bucket that it was claimed from */
            bucket?: string;
            /** @description who did it, or the service that did */
            by: string;
            /** @description the release of the app that asked for it */
            clientRelease?: string;
            /** @description the media session that was joined or left */
            mediaSessionId?: string;
            /** @description who joined, left, was invited or removed, agreed, or may review it */
            personId?: string;
            reason?: string;
            /**
             * Format: date-time
             * @description until when it may be reviewed
             */
            until?: string;
            /** @enum {string} */
            what: "booked" | "rescheduled" | "cancelled" | "completed" | "missed" | "invited" | "removed" | "joined" | "left" | "consent-given" | "consent-withdrawn" | "claimed" | "filed" | "resealed" | "quarantined" | "released" | "reviewer-assigned" | "erased";
        };
        Reactor: {
            /** @description whether this instance receives events; another one may while it does not */
            available: boolean;
            /** @description the persistent subscription group on the store */
            group: string;
            name: string;
            /** @description events that were given up on, also by groups of older releases */
            parked: number;
            version: number;
            /** @description events that are still to be acted on */
            waiting: number;
            /** @description why it does not */
            why?: string;
        };
        ReactorList: {
            reactors: components["schemas"]["Reactor"][];
        };
        Readiness: {
            checks: {
                [key: string]: string;
            };
            /** @enum {string} */
            status: "ready";
        };
        Reason: {
            reason: string;
        };
        Recording: {
            bytes: number;
            consultationId: string;
            contentType: string;
            durationSeconds: number | null;
            recordingId: string;
            revision: number;
            sha256: string;
            /** @enum {string} */
            state: "available" | "quarantined";
            /** @description whether its container says that bytes are missing at its end; it is kept all the same */
            truncated: boolean;
        };
        RecordingClaim: {
            bucket: string;
            /** @description what the recorder says; another size is refused */
            bytes?: number;
            /** @description without it, the one of the object */
            contentType?: string;
            durationSeconds?: number;
            key: string;
            mediaSessionId: string;
            /** @description hex, checked while the object is read */
            sha256?: string;
            /** @description of a bucket that keeps versions; the newest without it */
            versionId?: string;
        };
        ReleaseExposure: {
            /** @description the release of its kind that was first seen before it */
            before: {
                difference: {
                    entitled: components["schemas"]["ExposureDifference"];
                    notEntitled: components["schemas"]["ExposureDifference"];
                };
                entitled: components["schemas"]["Exposed"];
                notEntitled: components["schemas"]["Exposed"];
                version: string;
            } | null;
            entitled: components["schemas"]["Exposed"];
            /** Format: date-time */
            firstSeen: string;
            /** @description who does not take part, with each patient */
            items: {
                bytesServed: number;
                emergencies: number;
                /** Format: date-time */
                firstAt: string;
                flagged: number;
                /** Format: date-time */
                lastAt: string;
                opened: number;
                patientId: string;
                played: number;
                recordings: number;
                secondsPlayed: number;
                shown: number;
                viewerId: string;
            }[];
            /**
             * @description of the ledger (`appVersion`) or of an app (`X-Client-Release`)
             * @enum {string}
             */
            kind: "ledger" | "app";
            /** Format: date-time */
            lastSeen: string;
            next: string | null;
            notEntitled: components["schemas"]["Exposed"];
            version: string;
        };
        ReleasePage: {
            items: {
                bytesServed: number;
                egressPrevented: number;
                /** Format: date-time */
                firstSeen: string;
                /** @description views opened under it and flagged since */
                flagged: number;
                /**
                 * @description of the ledger (`appVersion`) or of an app (`X-Client-Release`)
                 * @enum {string}
                 */
                kind: "ledger" | "app";
                /** Format: date-time */
                lastSeen: string;
                opened: number;
                played: number;
                refused: number;
                secondsPlayed: number;
                shown: number;
                version: string;
            }[];
            next: string | null;
        };
        Rescheduling: {
            /** Format: date-time */
            scheduledEnd: string;
            /** Format: date-time */
            scheduledStart: string;
        };
        Review: {
            consultationId: string;
            recordingId: string;
            reviewerId: string;
            revision: number;
            /** Format: date-time */
            until: string;
        };
        ReviewerAssignment: {
            reason: string;
            reviewerId: string;
            /**
             * Format: date-time
             * @description within 24 hours
             */
            until: string;
        };
        RevokedView: {
            /** @enum {boolean} */
            revoked: true;
            viewerId: string;
            viewId: string;
        };
        RiskAssessment: {
            /** @description 45 CFR 164.402(2) */
            factors?: {
                /** @enum {string} */
                acquired: "low" | "medium" | "high";
                /** @enum {string} */
                mitigation: "low" | "medium" | "high";
                /** @enum {string} */
                nature: "low" | "medium" | "high";
                /** @enum {string} */
                recipient: "low" | "medium" | "high";
            };
            /**
             * @description for the people concerned (GDPR 33 and 34)
             * @enum {string}
             */
            risk: "none" | "risk" | "high";
        };
        RuleChange: {
            backtestDigest: string;
            changeId: string;
            decidedBy?: string;
            proposedBy: string;
            rule: string;
            settings: {
                enabled?: boolean;
                numbers?: {
                    [key: string]: number;
                };
                points?: number;
                /** @enum {string} */
                severity?: "info" | "review" | "critical";
            };
            /** @enum {string} */
            status: "proposed" | "approved" | "rejected";
            version: string;
        };
        RuleChangeRejection: {
            reason?: string;
        };
        RuleChangeRequest: {
            /** @description of the result of a backtest of this very change, by the caller */
            backtestDigest: string;
            settings: components["schemas"]["RuleSettings"];
        };
        RuleList: {
            items: {
                /**
                 * @description for whom there is one finding in a window
                 * @enum {string}
                 */
                about: "pair" | "viewer" | "patient" | "release";
                /** @description newest first */
                changes: components["schemas"]["RuleChange"][];
                /** @description breaches of it that incidents were closed with */
                closed: number;
                confirmed: number;
                enabled: boolean;
                explained: number;
                /** @description what it fired on, explained or not */
                hits: number;
                name: string;
                /** @description less than 5 % of at least 50 closed were confirmed */
                noisy: boolean;
                numbers: {
                    max: number;
                    min: number;
                    name: string;
                    preset: number;
                    says: string;
                    value: number;
                }[];
                points: number;
                /** @description confirmed of closed; null while none is closed */
                precision: number | null;
                /** @description on what it fires */
                says: string;
                /** @enum {string} */
                severity: "info" | "review" | "critical";
                /** @description why a finding of it may be in order */
                suppressedBy: ("booked" | "joined" | "invited" | "follow-up" | "same-diary-day" | "guardian" | "own-app" | "on-call-role" | "on-diary" | "training" | "patient-request" | "booked-afterwards" | "joined-afterwards")[];
                /** @description of its code, and how often its settings were changed */
                version: string;
            }[];
        };
        /** @description those that change */
        RuleSettings: {
            enabled?: boolean;
            numbers?: {
                [key: string]: number;
            };
            points?: number;
            /** @enum {string} */
            severity?: "info" | "review" | "critical";
        };
        ScheduledConsultation: {
            clinicianId: string;
            consultationId: string;
            /** @enum {string} */
            medium: "video" | "audio" | "chat";
            participants: {
                /** @enum {string} */
                capacity: "patient" | "clinician" | "guardian" | "interpreter" | "specialist" | "trainee" | "observer";
                personId: string;
            }[];
            patientId: string;
            recordings: {
                bytes: number;
                contentType: string;
                durationSeconds: number | null;
                /**
                 * @description why it was erased: the patient was, or its time was over; missing where compliance erased it for a reason of its own
                 * @enum {string}
                 */
                erasedFor?: "subject-erasure" | "retention";
                recordingId: string;
                /** @enum {string} */
                state: "available" | "quarantined" | "erased";
            }[];
            revision: number;
            /** Format: date-time */
            scheduledEnd: string;
            /** Format: date-time */
            scheduledStart: string;
            /** @enum {string} */
            status: "booked" | "completed" | "cancelled" | "missed";
            /** @description `patient-elsewhere`: the patient has another consultation at that time */
            warnings?: "patient-elsewhere"[];
        };
        SecretRotation: {
            /**
             * @description how long messages are signed with the secret before, too; 0 where that one is known to others
             * @default 24
             */
            overlapHours: number;
        };
        Stopped: {
            recordings: string[];
            releases: string[];
            summary: string;
            transfers: number;
            viewers: string[];
            views: number;
        };
        View: {
            /** @description the incident that a flagged report joined, where it is not the view’s own */
            breachId?: string;
            contentUrl?: string;
            /**
             * Format: date-time
             * @description the end of the view, however long it is in use
             */
            endsAt?: string;
            /**
             * Format: date-time
             * @description the content can be asked for until then; each time it is, for `VIEW_TTL_SECONDS` more, up to `endsAt`
             */
            expiresAt?: string;
            /** @enum {string} */
            severity?: "critical" | "review";
            /** @enum {string} */
            verdict: "cleared" | "flagged" | "pending";
            viewId: string;
        };
        ViewerStanding: {
            suspended: boolean;
            viewerId: string;
        };
        ViewRequest: {
            /**
             * Format: date-time
             * @description from a service: when it happened, if it is reported late
             */
            occurredAt?: string;
            /** @enum {string} */
            purpose: "treatment" | "patient-request" | "emergency" | "operations" | "review";
            /** @description the justification of an emergency; with any other purpose it is not kept */
            reason?: string;
            /** @description from a service: whose view it reports */
            viewerId?: string;
            /** @description from a service: what it knows its viewer to be; an emergency is a clinician’s */
            viewerRoles?: ("patient" | "clinician" | "service" | "on-call" | "compliance" | "siem")[];
        };
        ViewRevocation: {
            reason: string;
            /** @description whose view it is */
            viewerId: string;
        };
        Webhook: {
            /**
             * Format: date-time
             * @description until then messages are signed with the secret before, too
             */
            overlapUntil?: string;
            /** @description how it does as far as this instance has tried it */
            receiver: {
                code?: string;
                failures?: number;
                /**
                 * Format: date-time
                 * @description no attempt is made before
                 */
                pausedUntil?: string;
                /** Format: date-time */
                since?: string;
                /**
                 * @description `healthy` until it fails; `not-sent-to` where the settings of this instance do not let it
                 * @enum {string}
                 */
                state: "healthy" | "failing" | "not-sent-to";
                status?: number;
                why?: string;
            };
            /** Format: date-time */
            registeredAt: string;
            registeredBy: string;
            /** @description 1 is the first */
            secretNumber: number;
            types: string[];
            url: string;
            webhookId: string;
        };
        WebhookList: {
            items: components["schemas"]["Webhook"][];
        };
        WebhookRegistration: {
            types: string[];
            /**
             * Format: uri
             * @description where product events are posted to; recorded in the ledger, so that it must hold no secret
             */
            url: string;
        };
        WebhookWithSecret: {
            /**
             * Format: date-time
             * @description until then messages are signed with the secret before, too
             */
            overlapUntil?: string;
            /** @description how it does as far as this instance has tried it */
            receiver: {
                code?: string;
                failures?: number;
                /**
                 * Format: date-time
                 * @description no attempt is made before
                 */
                pausedUntil?: string;
                /** Format: date-time */
                since?: string;
                /**
                 * @description `healthy` until it fails; `not-sent-to` where the settings of this instance do not let it
                 * @enum {string}
                 */
                state: "healthy" | "failing" | "not-sent-to";
                status?: number;
                why?: string;
            };
            /** Format: date-time */
            registeredAt: string;
            registeredBy: string;
            /** @description `whsec_…`: shown in this answer alone */
            secret: string;
            /** @description 1 is the first */
            secretNumber: number;
            types: string[];
            url: string;
            webhookId: string;
        };
    };
    responses: {
        /** @description - `backtest-not-found`: There is no such backtest */
        "backtest-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "backtest-not-found";
                };
            };
        };
        /**
         * @description - `backtest-under-way`: Another backtest is under way
         *     - `rule-change-empty`: The rule is set like that already
         */
        "backtest-under-way.rule-change-empty": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "backtest-under-way" | "rule-change-empty";
                };
            };
        };
        /**
         * @description - `bad-request`: The request is malformed
         *     - `validation-failed`: The request has invalid fields
         */
        "bad-request.validation-failed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "bad-request" | "validation-failed";
                };
            };
        };
        /**
         * @description - `bad-request`: The request is malformed
         *     - `validation-failed`: The request has invalid fields
         *     - `digest-invalid`: The digest of the body cannot be read
         *     - `digest-missing`: A digest of the body is needed
         *     - `digest-mismatch`: The body does not match its Digest
         *     - `upload-incomplete`: The upload ended early
         */
        "bad-request.validation-failed.digest-invalid.digest-missing.digest-mismatch.upload-incomplete": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "bad-request" | "validation-failed" | "digest-invalid" | "digest-missing" | "digest-mismatch" | "upload-incomplete";
                };
            };
        };
        /**
         * @description - `bad-request`: The request is malformed
         *     - `validation-failed`: The request has invalid fields
         *     - `digest-mismatch`: The body does not match its Digest
         */
        "bad-request.validation-failed.digest-mismatch": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "bad-request" | "validation-failed" | "digest-mismatch";
                };
            };
        };
        /** @description - `body-too-large`: The body is too large */
        "body-too-large": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "body-too-large";
                };
            };
        };
        /** @description - `breach-closed`: The breach is closed */
        "breach-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "breach-closed";
                };
            };
        };
        /** @description - `breach-not-found`: There is no such breach */
        "breach-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "breach-not-found";
                };
            };
        };
        /**
         * @description - `consent-missing`: Recording was not consented to
         *     - `claimed-object-differs`: The claimed object is not there, or is another one
         *     - `patient-erased`: The patient was erased
         */
        "consent-missing.claimed-object-differs.patient-erased": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consent-missing" | "claimed-object-differs" | "patient-erased";
                };
            };
        };
        /**
         * @description - `consent-missing`: Recording was not consented to
         *     - `patient-erased`: The patient was erased
         */
        "consent-missing.patient-erased": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consent-missing" | "patient-erased";
                };
            };
        };
        /** @description - `consultation-closed`: The consultation is closed */
        "consultation-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-closed";
                };
            };
        };
        /**
         * @description - `consultation-closed`: The consultation is closed
         *     - `already-a-participant`: This person already takes part
         */
        "consultation-closed.already-a-participant": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-closed" | "already-a-participant";
                };
            };
        };
        /**
         * @description - `consultation-closed`: The consultation is closed
         *     - `consultation-not-due`: The consultation has not begun
         */
        "consultation-closed.consultation-not-due": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-closed" | "consultation-not-due";
                };
            };
        };
        /**
         * @description - `consultation-closed`: The consultation is closed
         *     - `consultation-not-due`: The consultation has not begun
         *     - `participant-joined`: This participant joined
         */
        "consultation-closed.consultation-not-due.participant-joined": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-closed" | "consultation-not-due" | "participant-joined";
                };
            };
        };
        /**
         * @description - `consultation-closed`: The consultation is closed
         *     - `device-needed`: It is not said which device left
         */
        "consultation-closed.device-needed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-closed" | "device-needed";
                };
            };
        };
        /**
         * @description - `consultation-closed`: The consultation is closed
         *     - `media-session-taken`: The media session belongs to another consultation
         */
        "consultation-closed.media-session-taken": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-closed" | "media-session-taken";
                };
            };
        };
        /** @description - `consultation-not-found`: There is no such consultation */
        "consultation-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-not-found";
                };
            };
        };
        /**
         * @description - `consultation-not-found`: There is no such consultation
         *     - `participant-not-found`: There is no such participant
         */
        "consultation-not-found.participant-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "consultation-not-found" | "participant-not-found";
                };
            };
        };
        /**
         * @description - `containment-needed`: The breach must be contained, or closed with a reason
         *     - `breach-closed`: The breach is closed
         */
        "containment-needed.breach-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "containment-needed" | "breach-closed";
                };
            };
        };
        /**
         * @description - `containment-needed`: The breach must be contained, or closed with a reason
         *     - `incident-closed`: The incident is closed
         *     - `incident-change-refused`: This cannot be done with the incident
         */
        "containment-needed.incident-closed.incident-change-refused": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "containment-needed" | "incident-closed" | "incident-change-refused";
                };
            };
        };
        /**
         * @description - `bad-request`: The request is malformed
         *     - `request-timeout`: The request took too long to arrive
         *     - `uri-too-long`: The address is too long
         *     - `headers-too-large`: The headers are too large
         */
        default: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "bad-request" | "request-timeout" | "uri-too-long" | "headers-too-large";
                };
            };
        };
        /** @description - `drill-closed`: The drill cannot be begun any more */
        "drill-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "drill-closed";
                };
            };
        };
        /** @description - `drill-not-found`: There is no such drill */
        "drill-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "drill-not-found";
                };
            };
        };
        /**
         * @description - `egress-violation`: The answer was withheld
         *     - `internal-error`: The server failed
         */
        "egress-violation.internal-error": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "egress-violation" | "internal-error";
                };
            };
        };
        /** @description - `erasure-closed`: The erasure has begun, is done or was cancelled */
        "erasure-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "erasure-closed";
                };
            };
        };
        /** @description - `erasure-needs-keys`: Nothing is sealed here, so that nothing can be erased for good */
        "erasure-needs-keys": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "erasure-needs-keys";
                };
            };
        };
        /** @description - `erasure-not-done`: The erasure has no certificate */
        "erasure-not-done": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "erasure-not-done";
                };
            };
        };
        /** @description - `erasure-not-found`: There is no such erasure */
        "erasure-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "erasure-not-found";
                };
            };
        };
        /** @description - `export-closed`: The export is closed */
        "export-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "export-closed";
                };
            };
        };
        /**
         * @description - `export-corrupt`: The file is not the one that was made
         *     - `egress-violation`: The answer was withheld
         *     - `internal-error`: The server failed
         */
        "export-corrupt.egress-violation.internal-error": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "export-corrupt" | "egress-violation" | "internal-error";
                };
            };
        };
        /**
         * @description - `export-expired`: The file of the export was removed
         *     - `keys-destroyed`: The keys of this person were destroyed
         */
        "export-expired.keys-destroyed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "export-expired" | "keys-destroyed";
                };
            };
        };
        /** @description - `export-not-found`: There is no such export */
        "export-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "export-not-found";
                };
            };
        };
        /** @description - `export-not-ready`: The export has no file */
        "export-not-ready": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "export-not-ready";
                };
            };
        };
        /** @description - `forbidden`: The caller may not do this */
        forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "forbidden";
                };
            };
        };
        /**
         * @description - `forbidden`: The caller may not do this
         *     - `claim-not-allowed`: Nothing may be claimed there
         */
        "forbidden.claim-not-allowed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "forbidden" | "claim-not-allowed";
                };
            };
        };
        /**
         * @description - `forbidden`: The caller may not do this
         *     - `own-case`: A person cannot decide their own case
         */
        "forbidden.own-case": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "forbidden" | "own-case";
                };
            };
        };
        /**
         * @description - `forbidden`: The caller may not do this
         *     - `step-up-needed`: This needs a recent sign-in
         */
        "forbidden.step-up-needed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "forbidden" | "step-up-needed";
                };
            };
        };
        /**
         * @description - `forbidden`: The caller may not do this
         *     - `step-up-needed`: This needs a recent sign-in
         *     - `own-case`: A person cannot decide their own case
         */
        "forbidden.step-up-needed.own-case": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "forbidden" | "step-up-needed" | "own-case";
                };
            };
        };
        /**
         * @description - `forbidden`: The caller may not do this
         *     - `view-refused`: The caller may not view this recording
         *     - `view-withheld`: The view was withheld
         *     - `viewer-suspended`: The viewer is suspended
         */
        "forbidden.view-refused.view-withheld.viewer-suspended": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "forbidden" | "view-refused" | "view-withheld" | "viewer-suspended";
                };
            };
        };
        /** @description - `hold-not-found`: There is no such hold */
        "hold-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "hold-not-found";
                };
            };
        };
        /** @description - `idempotency-key-reused`: The Idempotency-Key came with another request before */
        "idempotency-key-reused": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "idempotency-key-reused";
                };
            };
        };
        /** @description - `incident-closed`: The incident is closed */
        "incident-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "incident-closed";
                };
            };
        };
        /**
         * @description - `incident-closed`: The incident is closed
         *     - `incident-change-refused`: This cannot be done with the incident
         */
        "incident-closed.incident-change-refused": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "incident-closed" | "incident-change-refused";
                };
            };
        };
        /** @description - `incident-not-found`: There is no such incident */
        "incident-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "incident-not-found";
                };
            };
        };
        /** @description - `internal-error`: The server failed */
        "internal-error": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "internal-error";
                };
            };
        };
        /** @description - `keys-destroyed`: The keys of this person were destroyed */
        "keys-destroyed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "keys-destroyed";
                };
            };
        };
        /** @description - `ledger-unavailable`: The ledger is not available */
        "ledger-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         */
        "ledger-unavailable.ledger-contention.ledger-read-only": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `backtest-store-unavailable`: Backtests cannot be kept
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.backtest-store-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "backtest-store-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `claim-store-unavailable`: The store of the claimed object is unavailable
         *     - `recording-store-unavailable`: The recording store is not available
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.claim-store-unavailable.recording-store-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "claim-store-unavailable" | "recording-store-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `history-unavailable`: The access history cannot be asked here, or not yet
         *     - `export-store-unavailable`: The store of exports is not available
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.export-store-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "history-unavailable" | "export-store-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `history-unavailable`: The access history cannot be asked here, or not yet
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "history-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `identity-provider-unavailable`: The identity provider is not available
         *     - `sign-in-unavailable`: No sign-in to the console is set up here
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.identity-provider-unavailable.sign-in-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "identity-provider-unavailable" | "sign-in-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `keys-unavailable`: The keys are not available
         *     - `monitor-unavailable`: The access monitor is not available
         *     - `playback-halted`: Playback is halted
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.monitor-unavailable.playback-halted.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "keys-unavailable" | "monitor-unavailable" | "playback-halted" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `media-unavailable`: No media server is set up here
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.media-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "media-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `names-unavailable`: Names cannot be asked for here, or not now
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.names-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "names-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `paging-unavailable`: No pager is set up here
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.paging-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "paging-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `paging-unavailable`: No pager is set up here
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.paging-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "paging-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `people-facts-unavailable`: Keys of names and addresses cannot be made here
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.people-facts-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "people-facts-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `recording-store-unavailable`: The recording store is not available
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.recording-store-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "recording-store-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `recording-store-unavailable`: The recording store is not available
         *     - `keys-unavailable`: The keys are not available
         *     - `playback-halted`: Playback is halted
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.recording-store-unavailable.keys-unavailable.playback-halted.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "recording-store-unavailable" | "keys-unavailable" | "playback-halted" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `ledger-contention`: Too many commands at once
         *     - `ledger-read-only`: The ledger cannot be written here
         *     - `webhooks-unavailable`: Webhooks are not set up here
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.ledger-contention.ledger-read-only.webhooks-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "ledger-contention" | "ledger-read-only" | "webhooks-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `min-revision-unavailable`: The revision asked for is not here yet
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.min-revision-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "min-revision-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /**
         * @description - `ledger-unavailable`: The ledger is not available
         *     - `rules-unavailable`: What rules found cannot be asked here, or not yet
         *     - `keys-unavailable`: The keys are not available
         *     - `identity-provider-unavailable`: The identity provider is not available
         */
        "ledger-unavailable.rules-unavailable.keys-unavailable.identity-provider-unavailable": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "ledger-unavailable" | "rules-unavailable" | "keys-unavailable" | "identity-provider-unavailable";
                };
            };
        };
        /** @description - `merge-refused`: The two ids cannot be merged */
        "merge-refused": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "merge-refused";
                };
            };
        };
        /** @description - `name-not-found`: No name is known of this person */
        "name-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "name-not-found";
                };
            };
        };
        /** @description - `not-acceptable`: None of the accepted media types can be made */
        "not-acceptable": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not-acceptable";
                };
            };
        };
        /** @description - `not-ready`: The server cannot take requests */
        "not-ready": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not-ready";
                };
            };
        };
        /** @description - `participant-required`: This participant cannot be removed */
        "participant-required": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "participant-required";
                };
            };
        };
        /** @description - `patient-not-found`: There is no such patient */
        "patient-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "patient-not-found";
                };
            };
        };
        /** @description - `person-not-found`: No facts are known of this person */
        "person-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "person-not-found";
                };
            };
        };
        /** @description - `range-not-satisfiable`: The range lies outside the content */
        "range-not-satisfiable": {
            headers: {
                "Content-Range": components["headers"]["Content-Range"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "range-not-satisfiable";
                };
            };
        };
        /** @description - `rate-limited`: Too many requests */
        "rate-limited": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rate-limited";
                };
            };
        };
        /** @description - `reactor-not-found`: There is no such reactor */
        "reactor-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "reactor-not-found";
                };
            };
        };
        /**
         * @description - `recording-corrupt`: The recording is not the one that was stored
         *     - `egress-violation`: The answer was withheld
         *     - `internal-error`: The server failed
         */
        "recording-corrupt.egress-violation.internal-error": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "recording-corrupt" | "egress-violation" | "internal-error";
                };
            };
        };
        /** @description - `recording-erased`: The recording was erased */
        "recording-erased": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "recording-erased";
                };
            };
        };
        /**
         * @description - `recording-erased`: The recording was erased
         *     - `keys-destroyed`: The keys of this person were destroyed
         *     - `view-expired`: The view has expired
         *     - `view-revoked`: The view was revoked
         *     - `content-suspended`: The viewer was suspended
         */
        "recording-erased.keys-destroyed.view-expired.view-revoked.content-suspended": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "recording-erased" | "keys-destroyed" | "view-expired" | "view-revoked" | "content-suspended";
                };
            };
        };
        /** @description - `recording-not-found`: There is no such recording */
        "recording-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "recording-not-found";
                };
            };
        };
        /**
         * @description - `recording-not-found`: There is no such recording
         *     - `view-not-found`: There is no such view
         */
        "recording-not-found.view-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "recording-not-found" | "view-not-found";
                };
            };
        };
        /** @description - `recording-quarantined`: The recording is quarantined */
        "recording-quarantined": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "recording-quarantined";
                };
            };
        };
        /** @description - `release-not-found`: There is no such release */
        "release-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "release-not-found";
                };
            };
        };
        /** @description - `request-timeout`: The request took too long to arrive */
        "request-timeout": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "request-timeout";
                };
            };
        };
        /**
         * @description - `request-timeout`: The request took too long to arrive
         *     - `upload-stalled`: The upload stalled
         */
        "request-timeout.upload-stalled": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "request-timeout" | "upload-stalled";
                };
            };
        };
        /** @description - `revision-mismatch`: The stream has moved on */
        "revision-mismatch": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "revision-mismatch";
                };
            };
        };
        /** @description - `route-not-found`: There is no such route */
        "route-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "route-not-found";
                };
            };
        };
        /** @description - `rule-change-closed`: The change of the rule is decided, or overtaken */
        "rule-change-closed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rule-change-closed";
                };
            };
        };
        /**
         * @description - `rule-change-empty`: The rule is set like that already
         *     - `backtest-needed`: A backtest of the change is needed
         */
        "rule-change-empty.backtest-needed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rule-change-empty" | "backtest-needed";
                };
            };
        };
        /** @description - `rule-not-found`: There is no such rule */
        "rule-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rule-not-found";
                };
            };
        };
        /**
         * @description - `rule-not-found`: There is no such rule
         *     - `rule-change-not-found`: There is no such change of a rule
         */
        "rule-not-found.rule-change-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rule-not-found" | "rule-change-not-found";
                };
            };
        };
        /**
         * @description - `slot-taken`: The slot is taken
         *     - `already-a-participant`: This person already takes part
         *     - `patient-busy`: The patient has another consultation at that time
         *     - `clinician-unknown`: The clinician is not known
         *     - `too-many-bookings`: Too many open bookings
         *     - `patient-erased`: The patient was erased
         */
        "slot-taken.already-a-participant.patient-busy.clinician-unknown.too-many-bookings.patient-erased": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "slot-taken" | "already-a-participant" | "patient-busy" | "clinician-unknown" | "too-many-bookings" | "patient-erased";
                };
            };
        };
        /**
         * @description - `slot-taken`: The slot is taken
         *     - `consultation-closed`: The consultation is closed
         *     - `patient-busy`: The patient has another consultation at that time
         *     - `clinician-unknown`: The clinician is not known
         */
        "slot-taken.consultation-closed.patient-busy.clinician-unknown": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "slot-taken" | "consultation-closed" | "patient-busy" | "clinician-unknown";
                };
            };
        };
        /**
         * @description - `too-many-uploads`: Too many uploads at once
         *     - `rate-limited`: Too many requests
         */
        "too-many-uploads.rate-limited": {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "too-many-uploads" | "rate-limited";
                };
            };
        };
        /** @description - `too-many-webhooks`: There are as many webhooks as there may be */
        "too-many-webhooks": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "too-many-webhooks";
                };
            };
        };
        /** @description - `unauthenticated`: A valid token is needed */
        unauthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unauthenticated";
                };
            };
        };
        /**
         * @description - `unauthenticated`: A valid token is needed
         *     - `stronger-sign-in-needed`: A stronger sign-in is needed
         */
        "unauthenticated.stronger-sign-in-needed": {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unauthenticated" | "stronger-sign-in-needed";
                };
            };
        };
        /** @description - `unsupported-media-type`: This route does not take this content type */
        "unsupported-media-type": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unsupported-media-type";
                };
            };
        };
        /**
         * @description - `unsupported-media-type`: This route does not take this content type
         *     - `content-type-mismatch`: The body is not what its Content-Type says
         */
        "unsupported-media-type.content-type-mismatch": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unsupported-media-type" | "content-type-mismatch";
                };
            };
        };
        /** @description - `validation-failed`: The request has invalid fields */
        "validation-failed": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "validation-failed";
                };
            };
        };
        /** @description - `view-not-found`: There is no such view */
        "view-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "view-not-found";
                };
            };
        };
        /** @description - `view-withheld`: The view was withheld */
        "view-withheld": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "view-withheld";
                };
            };
        };
        /** @description - `webhook-not-found`: There is no such webhook */
        "webhook-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "webhook-not-found";
                };
            };
        };
        /**
         * @description - `webhook-not-found`: There is no such webhook
         *     - `delivery-not-found`: There is no such delivery
         */
        "webhook-not-found.delivery-not-found": {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "webhook-not-found" | "delivery-not-found";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description `bytes` */
        "Accept-Ranges": string;
        /** @description whether it is to be shown or kept, and under which name */
        "Content-Disposition": string;
        /** @description which bytes these are of how many (RFC 9110, 14.4) */
        "Content-Range": string;
        /** @description the revision, or the hash of a recording: for `If-Match`, `If-None-Match` and `If-Range` */
        ETag: string;
        /** @description where it is */
        Location: string;
        /** @description the SHA-256 of the file (RFC 9530) */
        "Repr-Digest": string;
        /** @description seconds after which asking again may help */
        "Retry-After": number;
        /** @description opens the content of this one view, for a player that sends no token */
        "Set-Cookie": string;
        /** @description the challenge (RFC 6750), with `acr_values` where a stronger sign-in is needed (RFC 9470) */
        "WWW-Authenticate": string;
        /** @description the position in the log that the answer is as of */
        "X-Ledger-Position": string;
        /** @description requests that the caller may make in a minute, where they are counted */
        "X-RateLimit-Limit": number;
        /** @description requests that are left of them */
        "X-RateLimit-Remaining": number;
        /** @description seconds until the next minute begins */
        "X-RateLimit-Reset": number;
        /** @description names this request in the log; the caller’s own, where that is a UUID or ULID */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    endSessionsAtIssuer: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["BackChannelLogout"];
            };
        };
        responses: {
            /** @description the sessions are over */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.identity-provider-unavailable.sign-in-unavailable"];
            default: components["responses"]["default"];
        };
    };
    finishSignIn: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the page that was asked for */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only"];
            default: components["responses"]["default"];
        };
    };
    beginSignIn: {
        parameters: {
            query?: {
                returnTo?: string;
                /** @description `1` for a dangerous act: the issuer asks again for who it is */
                stepUp?: "0" | "1";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description where to sign in */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            500: components["responses"]["internal-error"];
            default: components["responses"]["default"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description there is no session any more */
            204: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["bad-request.validation-failed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only"];
            default: components["responses"]["default"];
        };
    };
    getConsoleSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the session */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable"];
            default: components["responses"]["default"];
        };
    };
    signInForDevelopment: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DevelopmentSignIn"];
            };
        };
        responses: {
            /** @description the session */
            200: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["route-not-found"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only"];
            default: components["responses"]["default"];
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it runs */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            400: components["responses"]["validation-failed"];
            500: components["responses"]["internal-error"];
            default: components["responses"]["default"];
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description every dependency works */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["validation-failed"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["not-ready"];
            default: components["responses"]["default"];
        };
    };
    listAccessHistory: {
        parameters: {
            query?: {
                /** @description a time or a position of the log; the newest event without it */
                asOf?: number | string;
                consultationId?: string;
                cursor?: string;
                /** @description whether the viewer took part in the consultation then; of rows shown, opened and played alone */
                entitled?: boolean | string;
                /** @description recorded then or later */
                from?: string;
                /** @description one or more, comma-separated */
                kind?: string;
                /** @description rows of a page, 50 in JSON; the other formats have all rows without it */
                limit?: number;
                order?: "newest" | "oldest";
                patientId?: string;
                purpose?: "treatment" | "patient-request" | "emergency" | "operations" | "review";
                recordingId?: string;
                /** @description of the app that asked or of the ledger that served */
                release?: string;
                /** @description `current`, or `name@version`: adds `verdictNow` to opened rows */
                rules?: string;
                severity?: "critical" | "review";
                /** @description recorded before */
                to?: string;
                /** @description as it was known at `asOf` */
                verdict?: "cleared" | "flagged" | "pending";
                viewerId?: string;
            };
            header?: {
                /** @description JSON in pages; CSV, NDJSON and FHIR AuditEvents as one stream of all rows */
                Accept?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description rows as they were known at the position in `X-Ledger-Position` */
            200: {
                headers: {
                    "X-Ledger-Position": components["headers"]["X-Ledger-Position"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/fhir+ndjson": components["schemas"]["HistoryPage"];
                    "application/json": components["schemas"]["HistoryPage"];
                    "application/x-ndjson": components["schemas"]["HistoryPage"];
                    "text/csv": components["schemas"]["HistoryPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not-acceptable"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getAccessMonitor: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description how far the access monitor is */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessMonitor"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getAccessMonitorMinutes: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the last hour */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessMonitorMinutes"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    replayParkedViews: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description how far the access monitor is */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessMonitor"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    beginBacktest: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestRequest"];
            };
        };
        responses: {
            /** @description it is under way; its place is in `Location` */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backtest"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["rule-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["backtest-under-way.rule-change-empty"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.backtest-store-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getBacktest: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                backtestId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description how far it is, or what it found */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backtest"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["backtest-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listBreaches: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: "open" | "acknowledged" | "contained" | "closed" | "all";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "breachId": "01a20c5e-0000-7000-8000-000000000006",
                     *           "status": "open",
                     *           "severity": "critical",
                     *           "rule": "viewer-not-participant",
                     *           "patientId": "auth0|pat-ada",
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "viewerId": "pat-eve",
                     *           "purpose": "treatment",
                     *           "source": "witnessed",
                     *           "contentReleased": true,
                     *           "bytesServed": null,
                     *           "bytesServedAtMost": 844,
                     *           "viewedAt": "2036-05-04T10:31:00.000Z",
                     *           "flaggedAt": "2036-05-04T10:31:00.000Z",
                     *           "appVersion": "0.1.0",
                     *           "steps": []
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["BreachPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getBreach: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breachId": "01a20c5e-0000-7000-8000-000000000006",
                     *       "status": "open",
                     *       "severity": "critical",
                     *       "rule": "viewer-not-participant",
                     *       "patientId": "auth0|pat-ada",
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *       "viewerId": "pat-eve",
                     *       "purpose": "treatment",
                     *       "source": "witnessed",
                     *       "contentReleased": true,
                     *       "bytesServed": null,
                     *       "bytesServedAtMost": 844,
                     *       "viewedAt": "2036-05-04T10:31:00.000Z",
                     *       "flaggedAt": "2036-05-04T10:31:00.000Z",
                     *       "appVersion": "0.1.0",
                     *       "steps": []
                     *     }
                     */
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["breach-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    acknowledgeBreach: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["BreachStep"];
            };
        };
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breachId": "01a20c5e-0000-7000-8000-000000000006",
                     *       "status": "acknowledged",
                     *       "severity": "critical",
                     *       "rule": "viewer-not-participant",
                     *       "patientId": "auth0|pat-ada",
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *       "viewerId": "pat-eve",
                     *       "purpose": "treatment",
                     *       "source": "witnessed",
                     *       "contentReleased": true,
                     *       "bytesServed": null,
                     *       "bytesServedAtMost": 844,
                     *       "viewedAt": "2036-05-04T10:31:00.000Z",
                     *       "flaggedAt": "2036-05-04T10:31:00.000Z",
                     *       "appVersion": "0.1.0",
                     *       "steps": [
                     *         {
                     *           "type": "BreachAcknowledged",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "actor": {
                     *             "id": "on-call-1",
                     *             "roles": [
                     *               "on-call"
                     *             ]
                     *           }
                     *         }
                     *       ],
                     *       "acknowledgedAt": "2036-05-04T10:31:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["breach-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    closeBreach: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "explained"
                 *     }
                 */
                "application/json": components["schemas"]["BreachStep"];
            };
        };
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breachId": "01a20c5e-0000-7000-8000-000000000006",
                     *       "status": "closed",
                     *       "severity": "critical",
                     *       "rule": "viewer-not-participant",
                     *       "patientId": "auth0|pat-ada",
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *       "viewerId": "pat-eve",
                     *       "purpose": "treatment",
                     *       "source": "witnessed",
                     *       "contentReleased": true,
                     *       "bytesServed": null,
                     *       "bytesServedAtMost": 844,
                     *       "viewedAt": "2036-05-04T10:31:00.000Z",
                     *       "flaggedAt": "2036-05-04T10:31:00.000Z",
                     *       "appVersion": "0.1.0",
                     *       "steps": [
                     *         {
                     *           "type": "BreachAcknowledged",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "actor": {
                     *             "id": "on-call-1",
                     *             "roles": [
                     *               "on-call"
                     *             ]
                     *           }
                     *         },
                     *         {
                     *           "type": "BreachContained",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "actor": {
                     *             "id": "on-call-1",
                     *             "roles": [
                     *               "on-call"
                     *             ]
                     *           },
                     *           "reason": "investigation"
                     *         },
                     *         {
                     *           "type": "BreachClosed",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "actor": {
                     *             "id": "officer-1",
                     *             "roles": [
                     *               "compliance"
                     *             ]
                     *           },
                     *           "reason": "explained"
                     *         }
                     *       ],
                     *       "acknowledgedAt": "2036-05-04T10:31:00.000Z",
                     *       "containedAt": "2036-05-04T10:31:00.000Z",
                     *       "closedAt": "2036-05-04T10:31:00.000Z",
                     *       "resolution": "handled"
                     *     }
                     */
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["containment-needed.breach-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    containBreach: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "investigation"
                 *     }
                 */
                "application/json": components["schemas"]["BreachStep"];
            };
        };
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breachId": "01a20c5e-0000-7000-8000-000000000006",
                     *       "status": "contained",
                     *       "severity": "critical",
                     *       "rule": "viewer-not-participant",
                     *       "patientId": "auth0|pat-ada",
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *       "viewerId": "pat-eve",
                     *       "purpose": "treatment",
                     *       "source": "witnessed",
                     *       "contentReleased": true,
                     *       "bytesServed": null,
                     *       "bytesServedAtMost": 844,
                     *       "viewedAt": "2036-05-04T10:31:00.000Z",
                     *       "flaggedAt": "2036-05-04T10:31:00.000Z",
                     *       "appVersion": "0.1.0",
                     *       "steps": [
                     *         {
                     *           "type": "BreachAcknowledged",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "actor": {
                     *             "id": "on-call-1",
                     *             "roles": [
                     *               "on-call"
                     *             ]
                     *           }
                     *         },
                     *         {
                     *           "type": "BreachContained",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "actor": {
                     *             "id": "on-call-1",
                     *             "roles": [
                     *               "on-call"
                     *             ]
                     *           },
                     *           "reason": "investigation"
                     *         }
                     *       ],
                     *       "acknowledgedAt": "2036-05-04T10:31:00.000Z",
                     *       "containedAt": "2036-05-04T10:31:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["breach-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    dismissBreach: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BreachStep"];
            };
        };
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["containment-needed.breach-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    readJustification: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the reason that was given */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Justification"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    recordPatientNotified: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BreachStep"];
            };
        };
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["breach-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    recordRegulatorNotified: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                breachId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BreachStep"];
            };
        };
        responses: {
            /** @description the breach as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Breach"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["breach-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["breach-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getClinicianAvailability: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                clinicianId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description busy and free, in order */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "clinicianId": "clin-grace",
                     *       "from": "2036-05-04T00:00:00.000Z",
                     *       "to": "2036-05-04T23:00:00.000Z",
                     *       "busy": [],
                     *       "free": [
                     *         {
                     *           "start": "2036-05-04T00:00:00.000Z",
                     *           "end": "2036-05-04T23:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Availability"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listClinicianConsultations: {
        parameters: {
            query?: {
                clinicianId?: string;
                cursor?: string;
                from?: string;
                limit?: number;
                medium?: "video" | "audio" | "chat";
                order?: "newest" | "oldest";
                /** @description a person who takes part, in whatever capacity */
                participantId?: string;
                /** @description whether it has a recording that is not erased */
                recorded?: "true" | "false";
                /** @description one or several, comma-separated */
                status?: string;
                to?: string;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                clinicianId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first unless asked for otherwise */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000002",
                     *           "patientId": "auth0|pat-ada",
                     *           "clinicianId": "clin-grace",
                     *           "scheduledStart": "2036-05-04T12:00:00.000Z",
                     *           "scheduledEnd": "2036-05-04T12:30:00.000Z",
                     *           "medium": "video",
                     *           "status": "cancelled",
                     *           "participants": [
                     *             {
                     *               "personId": "auth0|pat-ada",
                     *               "capacity": "patient"
                     *             },
                     *             {
                     *               "personId": "clin-grace",
                     *               "capacity": "clinician"
                     *             }
                     *           ],
                     *           "recordings": []
                     *         },
                     *         {
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *           "patientId": "auth0|pat-ada",
                     *           "clinicianId": "clin-grace",
                     *           "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *           "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *           "medium": "video",
                     *           "status": "completed",
                     *           "participants": [
                     *             {
                     *               "personId": "auth0|pat-ada",
                     *               "capacity": "patient"
                     *             },
                     *             {
                     *               "personId": "clin-grace",
                     *               "capacity": "clinician"
                     *             }
                     *           ],
                     *           "recordings": [
                     *             {
                     *               "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *               "bytes": 844,
                     *               "contentType": "audio/wav",
                     *               "durationSeconds": null,
                     *               "state": "available"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ConsultationPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listDrills: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: "requested" | "running" | "passed" | "failed";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrillPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    requestDrill: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DrillRequest"];
            };
        };
        responses: {
            /** @description it waits for a second person to begin it */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getDrill: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                drillId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the drill as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["drill-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    beginDrill: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                drillId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the drill, which runs from now on */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["drill-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["drill-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listErasures: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: "requested" | "approved" | "cancelled" | "begun" | "erased";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasurePage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getErasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                erasureId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the erasure as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["erasure-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    approveErasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                erasureId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the erasure, which begins at `beginsAt` */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed.own-case"];
            404: components["responses"]["erasure-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["erasure-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    cancelErasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                erasureId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureCancellation"];
            };
        };
        responses: {
            /** @description the erasure as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["erasure-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["erasure-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getErasureCertificate: {
        parameters: {
            query?: never;
            header?: {
                /** @description JSON, or PDF to hand out */
                Accept?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                erasureId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the certificate: the same for ever */
            200: {
                headers: {
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureCertificate"];
                    "application/pdf": components["schemas"]["ErasureCertificate"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["erasure-not-found"];
            406: components["responses"]["not-acceptable"];
            409: components["responses"]["erasure-not-done"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getEscalation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the policy, its channels, and the steps to come */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Escalation"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listExports: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: "awaiting-approval" | "queued" | "made" | "failed" | "cancelled" | "expired";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    requestExport: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExportRequest"];
            };
        };
        responses: {
            /** @description it is made in a while, or once a second officer has approved it */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getExport: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                exportId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the export as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["export-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    approveExport: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                exportId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the export as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed.own-case"];
            404: components["responses"]["export-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["export-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    cancelExport: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                exportId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the export as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["export-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["export-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    downloadExport: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                exportId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the file */
            200: {
                headers: {
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/fhir+ndjson": string;
                    "application/vnd.apache.parquet": string;
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["export-not-found"];
            409: components["responses"]["export-not-ready"];
            410: components["responses"]["export-expired.keys-destroyed"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["export-corrupt.egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.export-store-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    readFeed: {
        parameters: {
            query?: {
                /** @description `X-Ledger-Position` of the last answer, or the `position` of its last line; `newest` to begin now; the first event without it */
                after?: "newest" | string;
                /** @description lines at most */
                limit?: number;
                /** @description seconds to wait where there is nothing yet */
                wait?: number;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description one CloudEvent with an OCSF event a line, oldest first, perhaps none; `X-Ledger-Position` is the next `after` */
            200: {
                headers: {
                    "X-Ledger-Position": components["headers"]["X-Ledger-Position"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    receiveLiveKitWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description the token by which LiveKit signs the body */
                Authorization?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LiveKitWebhook"];
                "application/webhook+json": components["schemas"]["LiveKitWebhook"];
            };
        };
        responses: {
            /** @description taken */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.media-unavailable"];
            default: components["responses"]["default"];
        };
    };
    receiveMediaWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description the id of the message, which is taken once */
                "webhook-id"?: string;
                /** @description `v1,<base64>`, separated by spaces */
                "webhook-signature"?: string;
                /** @description seconds since 1970 */
                "webhook-timestamp"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MediaMessage"];
            };
        };
        responses: {
            /** @description taken */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.media-unavailable"];
            default: components["responses"]["default"];
        };
    };
    receivePagerDutyEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PagerDutyEvent"];
            };
        };
        responses: {
            /** @description taken */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            500: components["responses"]["internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.paging-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listIncidents: {
        parameters: {
            query?: {
                assignee?: string;
                cursor?: string;
                limit?: number;
                severity?: "critical" | "review";
                /** @description `open`: whatever is not over */
                status?: "new" | "acknowledged" | "investigating" | "contained" | "notifying" | "closed" | "merged" | "open" | "all";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the incident with its timeline */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    acknowledgeIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    assessIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RiskAssessment"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    assignIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Assignment"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed.incident-change-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listIncidentBreaches: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentBreachPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    closeIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentClosing"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["containment-needed.incident-closed.incident-change-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    containIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Containment"];
            };
        };
        responses: {
            /** @description all that it stopped or would stop */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainmentOutcome"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    declareAwareness: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Awareness"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed.incident-change-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getBreachFile: {
        parameters: {
            query?: {
                /** @description a position, as an answer names it in `X-Ledger-Position`; the newest event without it */
                asOf?: number;
            };
            header?: {
                /** @description JSON with all of it; PDF without ids of people; CSV of the people affected */
                Accept?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the breach file as of `X-Ledger-Position`: the same for ever at the same position */
            200: {
                headers: {
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "X-Ledger-Position": components["headers"]["X-Ledger-Position"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreachFile"];
                    "application/pdf": components["schemas"]["BreachFile"];
                    "text/csv": components["schemas"]["BreachFile"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            406: components["responses"]["not-acceptable"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listBreachFileVersions: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the latest, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreachFileVersions"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    mergeIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentMerge"];
            };
        };
        responses: {
            /** @description the incident that it is part of now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed.incident-change-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    addIncidentNote: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentNote"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    recordIncidentNotification: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentNotification"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    reopenIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentReopening"];
            };
        };
        responses: {
            /** @description the incident as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    splitIncident: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                incidentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentSplit"];
            };
        };
        responses: {
            /** @description the incident that the breaches are now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedIncident"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["incident-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["incident-closed.incident-change-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getBreachRegister: {
        parameters: {
            query?: {
                /** @description a position, as an answer names it in `X-Ledger-Position`; the newest event without it */
                asOf?: number;
                cursor?: string;
                /** @description entries of a page; CSV has all of them */
                limit?: number;
            };
            header?: {
                /** @description JSON in pages; CSV with all entries */
                Accept?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description every incident that is no drill, the newest first, as of `X-Ledger-Position` */
            200: {
                headers: {
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "X-Ledger-Position": components["headers"]["X-Ledger-Position"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BreachRegister"];
                    "text/csv": components["schemas"]["BreachRegister"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            406: components["responses"]["not-acceptable"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getAccessNotifications: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what stands now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "notify": false,
                     *       "chosen": false
                     *     }
                     */
                    "application/json": components["schemas"]["AccessNotifications"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    chooseAccessNotifications: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "notify": true
                 *     }
                 */
                "application/json": components["schemas"]["AccessNotificationsChoice"];
            };
        };
        responses: {
            /** @description what stands now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "notify": true,
                     *       "chosen": true
                     *     }
                     */
                    "application/json": components["schemas"]["AccessNotifications"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listMyAccesses: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "kind": "opened",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "patientId": "auth0|pat-ada",
                     *           "viewerRoles": [
                     *             "patient"
                     *           ],
                     *           "appVersion": "0.1.0",
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "viewId": "01a20c5e-0000-7000-8000-000000000005",
                     *           "purpose": "patient-request",
                     *           "source": "mediated",
                     *           "verdict": "cleared",
                     *           "viewerId": "auth0|pat-ada",
                     *           "who": "you",
                     *           "automated": false,
                     *           "reason": "yourself"
                     *         }
                     *       ],
                     *       "next": "WzEzLCJ-IixbXV0"
                     *     }
                     */
                    "application/json": components["schemas"]["AccessPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listMyConsultations: {
        parameters: {
            query?: {
                clinicianId?: string;
                cursor?: string;
                from?: string;
                limit?: number;
                medium?: "video" | "audio" | "chat";
                order?: "newest" | "oldest";
                /** @description a person who takes part, in whatever capacity */
                participantId?: string;
                /** @description whether it has a recording that is not erased */
                recorded?: "true" | "false";
                /** @description one or several, comma-separated */
                status?: string;
                to?: string;
            };
            header?: {
                /** @description an ETag the caller has; 304 when it is the current one */
                "If-None-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description answer from no less than this revision of the patient’s stream */
                "X-Min-Revision"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first unless asked for otherwise */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *           "patientId": "auth0|pat-ada",
                     *           "clinicianId": "clin-grace",
                     *           "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *           "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *           "medium": "video",
                     *           "status": "completed",
                     *           "participants": [
                     *             {
                     *               "personId": "auth0|pat-ada",
                     *               "capacity": "patient"
                     *             },
                     *             {
                     *               "personId": "clin-grace",
                     *               "capacity": "clinician"
                     *             }
                     *           ],
                     *           "recordings": [
                     *             {
                     *               "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *               "bytes": 844,
                     *               "contentType": "audio/wav",
                     *               "durationSeconds": null,
                     *               "state": "available"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "revision": 11,
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ConsultationPage"];
                };
            };
            /** @description the caller has the current one */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.min-revision-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getOnCallSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description who is on call, now and for four weeks */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OnCallSchedules"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    testPaging: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what each receiver answered */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagingTest"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.paging-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listAccessHolds: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessHoldPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    placeAccessHold: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccessHoldRequest"];
            };
        };
        responses: {
            /** @description the hold as it is now */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessHold"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    liftAccessHold: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                holdId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the hold as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessHold"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["hold-not-found"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listPatientAccesses: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description from a service: the patient or guardian in whose app it is asked */
                onBehalfOf?: string;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "kind": "opened",
                     *           "at": "2036-05-04T10:31:00.000Z",
                     *           "patientId": "auth0|pat-ada",
                     *           "viewerRoles": [
                     *             "patient"
                     *           ],
                     *           "appVersion": "0.1.0",
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "viewId": "01a20c5e-0000-7000-8000-000000000005",
                     *           "purpose": "patient-request",
                     *           "source": "mediated",
                     *           "verdict": "cleared",
                     *           "viewerId": "auth0|pat-ada",
                     *           "who": "you",
                     *           "automated": false,
                     *           "reason": "yourself"
                     *         }
                     *       ],
                     *       "next": "WzEzLCJ-IixbXV0"
                     *     }
                     */
                    "application/json": components["schemas"]["AccessPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["patient-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listPatientConsultations: {
        parameters: {
            query?: {
                clinicianId?: string;
                cursor?: string;
                from?: string;
                limit?: number;
                medium?: "video" | "audio" | "chat";
                order?: "newest" | "oldest";
                /** @description a person who takes part, in whatever capacity */
                participantId?: string;
                /** @description whether it has a recording that is not erased */
                recorded?: "true" | "false";
                /** @description one or several, comma-separated */
                status?: string;
                to?: string;
            };
            header?: {
                /** @description an ETag the caller has; 304 when it is the current one */
                "If-None-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description answer from no less than this revision of the patient’s stream */
                "X-Min-Revision"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first unless asked for otherwise */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "consultationId": "01a20c5e-0000-7000-8000-000000000002",
                     *           "patientId": "auth0|pat-ada",
                     *           "clinicianId": "clin-grace",
                     *           "scheduledStart": "2036-05-04T12:00:00.000Z",
                     *           "scheduledEnd": "2036-05-04T12:30:00.000Z",
                     *           "medium": "video",
                     *           "status": "cancelled",
                     *           "participants": [
                     *             {
                     *               "personId": "auth0|pat-ada",
                     *               "capacity": "patient"
                     *             },
                     *             {
                     *               "personId": "clin-grace",
                     *               "capacity": "clinician"
                     *             }
                     *           ],
                     *           "recordings": []
                     *         }
                     *       ],
                     *       "revision": 11,
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ConsultationPage"];
                };
            };
            /** @description the caller has the current one */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["patient-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.min-revision-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    bookConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "clinicianId": "clin-grace",
                 *       "scheduledStart": "2036-05-04T15:00:00Z",
                 *       "scheduledEnd": "2036-05-04T15:30:00Z",
                 *       "medium": "audio"
                 *     }
                 */
                "application/json": components["schemas"]["Booking"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000001",
                     *       "patientId": "pat-ada-2",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T15:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T15:30:00.000Z",
                     *       "medium": "audio",
                     *       "status": "booked",
                     *       "participants": [
                     *         {
                     *           "personId": "pat-ada-2",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         }
                     *       ],
                     *       "recordings": [],
                     *       "revision": 0
                     *     }
                     */
                    "application/json": components["schemas"]["ScheduledConsultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["patient-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["slot-taken.already-a-participant.patient-busy.clinician-unknown.too-many-bookings.patient-erased"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description an ETag the caller has; 304 when it is the current one */
                "If-None-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description answer from no less than this revision of the patient’s stream */
                "X-Min-Revision"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "completed",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         }
                     *       ],
                     *       "recordings": [
                     *         {
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "bytes": 844,
                     *           "contentType": "audio/wav",
                     *           "durationSeconds": null,
                     *           "state": "available"
                     *         }
                     *       ],
                     *       "revision": 11
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            /** @description the caller has the current one */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            404: components["responses"]["consultation-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.min-revision-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    cancelConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reasonCode": "recovered"
                 *     }
                 */
                "application/json": components["schemas"]["Cancellation"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000002",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T12:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T12:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "cancelled",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         }
                     *       ],
                     *       "recordings": [],
                     *       "revision": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    completeConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Nothing"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "completed",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         },
                     *         {
                     *           "personId": "par-annabella",
                     *           "capacity": "guardian"
                     *         }
                     *       ],
                     *       "recordings": [
                     *         {
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "bytes": 844,
                     *           "contentType": "audio/wav",
                     *           "durationSeconds": null,
                     *           "state": "available"
                     *         }
                     *       ],
                     *       "revision": 10
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed.consultation-not-due"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    consentToRecording: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "given": true
                 *     }
                 */
                "application/json": components["schemas"]["Consent"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "booked",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         },
                     *         {
                     *           "personId": "par-annabella",
                     *           "capacity": "guardian"
                     *         }
                     *       ],
                     *       "recordings": [],
                     *       "revision": 7
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found.participant-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    joinConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mediaSessionId": "room-7",
                 *       "personId": "clin-grace"
                 *     }
                 */
                "application/json": components["schemas"]["Joining"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "booked",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         },
                     *         {
                     *           "personId": "par-annabella",
                     *           "capacity": "guardian"
                     *         }
                     *       ],
                     *       "recordings": [],
                     *       "revision": 6
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found.participant-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed.media-session-taken"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    leaveConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "personId": "auth0|pat-ada"
                 *     }
                 */
                "application/json": components["schemas"]["Leaving"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "booked",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         },
                     *         {
                     *           "personId": "par-annabella",
                     *           "capacity": "guardian"
                     *         }
                     *       ],
                     *       "recordings": [
                     *         {
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "bytes": 844,
                     *           "contentType": "audio/wav",
                     *           "durationSeconds": null,
                     *           "state": "available"
                     *         }
                     *       ],
                     *       "revision": 9
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found.participant-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed.device-needed"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    markNoShow: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoShow"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed.consultation-not-due.participant-joined"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    inviteParticipant: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "personId": "par-annabella",
                 *       "capacity": "guardian"
                 *     }
                 */
                "application/json": components["schemas"]["Invitation"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "booked",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         },
                     *         {
                     *           "personId": "par-annabella",
                     *           "capacity": "guardian"
                     *         }
                     *       ],
                     *       "recordings": [],
                     *       "revision": 4
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consultation-closed.already-a-participant"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    removeParticipant: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                personId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "completed",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         }
                     *       ],
                     *       "recordings": [
                     *         {
                     *           "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *           "bytes": 844,
                     *           "contentType": "audio/wav",
                     *           "durationSeconds": null,
                     *           "state": "available"
                     *         }
                     *       ],
                     *       "revision": 11
                     *     }
                     */
                    "application/json": components["schemas"]["Consultation"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found.participant-not-found"];
            409: components["responses"]["participant-required"];
            412: components["responses"]["revision-mismatch"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    uploadRecording: {
        parameters: {
            query: {
                mediaSessionId: string;
            };
            header?: {
                /** @description the SHA-256 of the body (RFC 9530), checked before the recording is kept; Repr-Digest and Digest (RFC 3230) do as well. Services must send one (`RECORDING_DIGEST_REQUIRED`) */
                "Content-Digest"?: string;
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description how long it plays; what its container says itself comes first */
                "X-Duration-Seconds"?: number;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        /** @description the recording as it is */
        requestBody: {
            content: {
                "audio/*": string;
                "video/*": string;
            };
        };
        responses: {
            /** @description the recording, stored and available */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recordingId": "01a20c5e-0000-7000-8000-000000000004",
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "sha256": "2eeb55e08e1a51af2003fabdfc8572539de6c3f0fa1c182a5b3d3a4806b84db5",
                     *       "bytes": 844,
                     *       "contentType": "audio/wav",
                     *       "durationSeconds": null,
                     *       "truncated": false,
                     *       "state": "available",
                     *       "revision": 8
                     *     }
                     */
                    "application/json": components["schemas"]["Recording"];
                };
            };
            /** @description the recording, stored and kept from all viewers until compliance has decided: no two participants joined its media session while the consultation was open */
            202: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            400: components["responses"]["bad-request.validation-failed.digest-invalid.digest-missing.digest-mismatch.upload-incomplete"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout.upload-stalled"];
            409: components["responses"]["consent-missing.patient-erased"];
            410: components["responses"]["keys-destroyed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type.content-type-mismatch"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["too-many-uploads.rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.recording-store-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    eraseRecording: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                recordingId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description erased for good; the ledger stays */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasedRecording"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed"];
            404: components["responses"]["recording-not-found"];
            408: components["responses"]["request-timeout"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.recording-store-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getRecordingProvenance: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                recordingId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description where it comes from */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provenance"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["recording-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    quarantineRecording: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                recordingId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description it is kept from all viewers */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Custody"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["recording-not-found"];
            408: components["responses"]["request-timeout"];
            410: components["responses"]["recording-erased"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    releaseRecording: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                recordingId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description participants can view it */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Custody"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed.own-case"];
            404: components["responses"]["recording-not-found"];
            408: components["responses"]["request-timeout"];
            410: components["responses"]["recording-erased"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    assignReviewer: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                recordingId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewerAssignment"];
            };
        };
        responses: {
            /** @description who may review it, until when */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["recording-not-found"];
            408: components["responses"]["request-timeout"];
            410: components["responses"]["recording-erased"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    openView: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
                recordingId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "purpose": "patient-request"
                 *     }
                 */
                "application/json": components["schemas"]["ViewRequest"];
            };
        };
        responses: {
            /** @description the verdict, and where the content is */
            201: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "viewId": "01a20c5e-0000-7000-8000-000000000005",
                     *       "verdict": "cleared",
                     *       "contentUrl": "/v1/views/01a20c5e-0000-7000-8000-000000000005/content",
                     *       "expiresAt": "2036-05-04T10:31:00.000Z",
                     *       "endsAt": "2036-05-04T10:31:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["View"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.view-refused.view-withheld.viewer-suspended"];
            404: components["responses"]["recording-not-found"];
            408: components["responses"]["request-timeout"];
            410: components["responses"]["recording-erased"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            423: components["responses"]["recording-quarantined"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.monitor-unavailable.playback-halted.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    claimRecording: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordingClaim"];
            };
        };
        responses: {
            /** @description the recording, copied and available */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            /** @description the recording, copied and kept from all viewers until compliance has decided */
            202: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            400: components["responses"]["bad-request.validation-failed.digest-mismatch"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden.claim-not-allowed"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["consent-missing.claimed-object-differs.patient-erased"];
            410: components["responses"]["keys-destroyed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type.content-type-mismatch"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.claim-store-unavailable.recording-store-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    rescheduleConsultation: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                consultationId: string;
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "scheduledStart": "2036-05-04T10:00:00Z",
                 *       "scheduledEnd": "2036-05-04T10:30:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["Rescheduling"];
            };
        };
        responses: {
            /** @description the consultation as it is now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consultationId": "01a20c5e-0000-7000-8000-000000000003",
                     *       "patientId": "auth0|pat-ada",
                     *       "clinicianId": "clin-grace",
                     *       "scheduledStart": "2036-05-04T10:00:00.000Z",
                     *       "scheduledEnd": "2036-05-04T10:30:00.000Z",
                     *       "medium": "video",
                     *       "status": "booked",
                     *       "participants": [
                     *         {
                     *           "personId": "auth0|pat-ada",
                     *           "capacity": "patient"
                     *         },
                     *         {
                     *           "personId": "clin-grace",
                     *           "capacity": "clinician"
                     *         }
                     *       ],
                     *       "recordings": [],
                     *       "revision": 3
                     *     }
                     */
                    "application/json": components["schemas"]["ScheduledConsultation"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["consultation-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["slot-taken.consultation-closed.patient-busy.clinician-unknown"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    requestErasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureRequest"];
            };
        };
        responses: {
            /** @description it waits for a second officer to approve it */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["patient-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["erasure-needs-keys"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getPatientIdentity: {
        parameters: {
            query?: never;
            header?: {
                /** @description an ETag the caller has; 304 when it is the current one */
                "If-None-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description which ids are this person now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "patientId": "pat-ada-2",
                     *       "mergedInto": null,
                     *       "merged": [
                     *         "auth0|pat-ada"
                     *       ],
                     *       "revision": 1
                     *     }
                     */
                    "application/json": components["schemas"]["PatientIdentity"];
                };
            };
            /** @description the caller has the current one */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["patient-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    mergePatient: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "survivingPatientId": "pat-ada-2"
                 *     }
                 */
                "application/json": components["schemas"]["PatientMerge"];
            };
        };
        responses: {
            /** @description which ids are this person now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "patientId": "auth0|pat-ada",
                     *       "mergedInto": "pat-ada-2",
                     *       "merged": [],
                     *       "revision": 14
                     *     }
                     */
                    "application/json": components["schemas"]["PatientIdentity"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["patient-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["merge-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    unmergePatient: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the ETag the command is meant for; 412 when there is a later one */
                "If-Match"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                patientId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "survivingPatientId": "pat-ada-2",
                 *       "reason": "two-people"
                 *     }
                 */
                "application/json": components["schemas"]["PatientUnmerge"];
            };
        };
        responses: {
            /** @description which ids are this person now */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "patientId": "auth0|pat-ada",
                     *       "mergedInto": null,
                     *       "merged": [],
                     *       "revision": 15
                     *     }
                     */
                    "application/json": components["schemas"]["PatientIdentity"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            404: components["responses"]["patient-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["merge-refused"];
            412: components["responses"]["revision-mismatch"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getPersonFacts: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                personId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the facts, names and addresses as keys */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["person-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    statePersonFacts: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                personId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonFactsStatement"];
            };
        };
        responses: {
            /** @description the facts as they are known now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.people-facts-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getPersonName: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                personId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the name, as that system tells it */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonName"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["name-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.names-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getPlayback: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the switch as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "halted": false,
                     *       "releases": []
                     *     }
                     */
                    "application/json": components["schemas"]["Playback"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    haltPlayback: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaybackSwitch"];
            };
        };
        responses: {
            /** @description the switch as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Playback"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getPlaybackInUse: {
        parameters: {
            query?: {
                /** @description what instances of this release of the ledger opened and send; without it, all */
                release?: string;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what a halt would stop now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlaybackInUse"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    resumePlayback: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaybackSwitch"];
            };
        };
        responses: {
            /** @description the switch as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Playback"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listReactors: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description every reactor of the application */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReactorList"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getReactor: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description how far the reactor is */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reactor"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["reactor-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    replayReactor: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description how far the reactor is */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reactor"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["reactor-not-found"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listReleases: {
        parameters: {
            query?: {
                /** @description a time or a position of the log; the newest event without it */
                asOf?: number | string;
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, those seen last first */
            200: {
                headers: {
                    "X-Ledger-Position": components["headers"]["X-Ledger-Position"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleasePage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getReleaseExposure: {
        parameters: {
            query?: {
                /** @description a time or a position of the log; the newest event without it */
                asOf?: number | string;
                cursor?: string;
                /** @description where the ledger and an app have a release of the same name */
                kind?: "ledger" | "app";
                limit?: number;
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the release as of the position in `X-Ledger-Position`, and a page of who does not take part */
            200: {
                headers: {
                    "X-Ledger-Position": components["headers"]["X-Ledger-Position"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReleaseExposure"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["release-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.history-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listRules: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description every rule as it is set */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleList"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.rules-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    proposeRuleChange: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleChangeRequest"];
            };
        };
        responses: {
            /** @description the change as it is now */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChange"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["rule-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["rule-change-empty.backtest-needed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    approveRuleChange: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                changeId: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the change as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChange"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.step-up-needed.own-case"];
            404: components["responses"]["rule-not-found.rule-change-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["rule-change-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    rejectRuleChange: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                changeId: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RuleChangeRejection"];
            };
        };
        responses: {
            /** @description the change as it is now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChange"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["rule-not-found.rule-change-not-found"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["rule-change-closed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    reinstateViewer: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                viewerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "explained"
                 *     }
                 */
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description the viewer’s standing now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "viewerId": "pat-eve",
                     *       "suspended": false
                     *     }
                     */
                    "application/json": components["schemas"]["ViewerStanding"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden.own-case"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    suspendViewer: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                viewerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "investigation"
                 *     }
                 */
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description the viewer’s standing now */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "viewerId": "pat-eve",
                     *       "suspended": true
                     *     }
                     */
                    "application/json": components["schemas"]["ViewerStanding"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    getViewContent: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag of what the caller has a part of; the whole when it is another */
                "If-Range"?: string;
                /** @description one range of bytes; several are answered with the whole (RFC 9110, 14.2) */
                Range?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                viewId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the recording */
            200: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": string;
                    "video/*": string;
                };
            };
            /** @description the bytes asked for with Range */
            206: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Range": components["headers"]["Content-Range"];
                    ETag: components["headers"]["ETag"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": string;
                    "video/*": string;
                };
            };
            /** @description where the bytes are, for a minute at most (`RECORDING_DELIVERY=redirect`) */
            307: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    Location: components["headers"]["Location"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["view-withheld"];
            404: components["responses"]["recording-not-found.view-not-found"];
            410: components["responses"]["recording-erased.keys-destroyed.view-expired.view-revoked.content-suspended"];
            416: components["responses"]["range-not-satisfiable"];
            423: components["responses"]["recording-quarantined"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["recording-corrupt.egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.recording-store-unavailable.keys-unavailable.playback-halted.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    revokeView: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                viewId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ViewRevocation"];
            };
        };
        responses: {
            /** @description nothing flows under this view any more */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedView"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["view-not-found"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description all there are, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    registerWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookRegistration"];
            };
        };
        responses: {
            /** @description sent to from now on, with its secret */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            408: components["responses"]["request-timeout"];
            409: components["responses"]["too-many-webhooks"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.webhooks-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    removeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing is sent there any more */
            204: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook-not-found"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                state?: "due" | "delivered" | "given-up";
            };
            header?: {
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            400: components["responses"]["validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook-not-found"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    resendDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                deliveryId: string;
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description it is sent again, with the same id */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook-not-found.delivery-not-found"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.webhooks-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description the same caller and key have the same outcome and change things once */
                "Idempotency-Key"?: string;
                /** @description the release of the app that asks, kept with everything that is recorded for it */
                "X-Client-Release"?: string;
                /** @description a UUID or ULID, returned with the answer; made here if it is neither */
                "X-Request-Id"?: string;
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretRotation"];
            };
        };
        responses: {
            /** @description signed with a new secret from now on */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["bad-request.validation-failed"];
            401: components["responses"]["unauthenticated.stronger-sign-in-needed"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook-not-found"];
            408: components["responses"]["request-timeout"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-media-type"];
            422: components["responses"]["idempotency-key-reused"];
            429: components["responses"]["rate-limited"];
            500: components["responses"]["egress-violation.internal-error"];
            503: components["responses"]["ledger-unavailable.ledger-contention.ledger-read-only.webhooks-unavailable.keys-unavailable.identity-provider-unavailable"];
            default: components["responses"]["default"];
        };
    };
}
