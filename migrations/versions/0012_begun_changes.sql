ALTER TABLE deployments
    DROP CONSTRAINT deployments_state_check,
    ADD CONSTRAINT deployments_state_check CHECK (state IN ('applying', 'written', 'applied', 'retired'));
