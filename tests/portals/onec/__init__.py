"""A 1C publication with the HTTP service `/hs/pbx/v1` of an extension: Basic authentication in
UTF-8, a mark before the JSON, an `event_id` that is answered as it was the first time."""
