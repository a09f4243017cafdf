"""Who should get this call now: owner, deputy, schedule, language, priority. Pure."""
