"""Delivery under fire: the real store, lane and Bitrix24 connector against the real portal."""
